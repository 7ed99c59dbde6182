import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { TEXT_DEVIATIONS } from '../../nodes/lib/message/inbound';
import { CLOSE_REASONS, DEVIATIONS } from '../../nodes/lib/mllp';
import { CONTROL_ID_REUSED, IDENTIFIER_LEFT_OUT, STORED_AGAIN, VALUE_CUT } from '../../nodes/lib/store';

describe('docs/deviations.md', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'deviations.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([A-Z_0-9]+)` \|/gm)].map(([, code]) => code);

  it('lists every code once, and no other', () => {
    const store = [CONTROL_ID_REUSED, IDENTIFIER_LEFT_OUT, STORED_AGAIN, VALUE_CUT];
    expect(listed).to.have.members([
      ...Object.keys(DEVIATIONS),
      ...TEXT_DEVIATIONS,
      ...store,
      ...Object.keys(CLOSE_REASONS),
    ]);
  });

  it('says what the code says of frames and closed connections', () => {
    for (const { meaning, action } of Object.values(DEVIATIONS)) expect(page).to.include(`| ${meaning} | ${action} |`);
    for (const text of Object.values(CLOSE_REASONS)) expect(page).to.include(`| ${text} |`);
  });
});
