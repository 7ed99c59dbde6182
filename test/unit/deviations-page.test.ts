import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BATCH_DEVIATIONS } from '../../nodes/lib/hl7/syntax/batch';
import { BATCH_ENVELOPE } from '../../nodes/lib/message/batch';
import { TEXT_DEVIATIONS } from '../../nodes/lib/message/inbound';
import { DEVIATIONS } from '../../nodes/lib/mllp';
import { CLOSE_REASONS } from '../../nodes/lib/mllp/close-reasons';
import * as record from '../../nodes/lib/store/record/record';

/** A code is a constant that holds its own name. */
const STORE_CODES = Object.entries(record).flatMap(([name, value]) => (name === value ? [name] : []));

function read(name: string): string {
  return readFileSync(join(__dirname, '..', '..', 'docs', name), 'utf8');
}

function codesIn(text: string): (string | undefined)[] {
  return [...text.matchAll(/^\| `([A-Z_0-9]+)` \|/gm)].map(([, code]) => code);
}

describe('docs/deviations.md', () => {
  const page = read('deviations.md');

  it('lists every code once, and no other', () => {
    expect(STORE_CODES).to.include('OWN_VALUE_CUT');
    expect(codesIn(page)).to.have.members([
      ...Object.keys(DEVIATIONS),
      ...TEXT_DEVIATIONS,
      BATCH_ENVELOPE,
      ...BATCH_DEVIATIONS,
      ...STORE_CODES,
      ...Object.keys(CLOSE_REASONS),
    ]);
  });

  it('lists the same codes of the log as docs/tables.md', () => {
    expect(codesIn(read('tables.md'))).to.have.members(STORE_CODES);
  });

  it('says what the code says of frames and closed connections', () => {
    for (const { meaning, action } of Object.values(DEVIATIONS)) expect(page).to.include(`| ${meaning} | ${action} |`);
    for (const text of Object.values(CLOSE_REASONS)) expect(page).to.include(`| ${text} |`);
  });
});
