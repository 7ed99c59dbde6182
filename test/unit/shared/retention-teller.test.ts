import { expect } from 'chai';
import { reportRetention } from '../../../nodes/hl7-database/retention-status';
import type { RetentionResult } from '../../../nodes/lib/store';

describe('what is told of a retention', () => {
  let lines: string[];
  let statuses: object[];
  let report: (result: RetentionResult) => void;
  beforeEach(() => {
    lines = [];
    statuses = [];
    report = reportRetention({
      log: (text: string) => void lines.push(`log ${text}`),
      warn: (text: string) => void lines.push(`warn ${text}`),
      status: (status: object) => void statuses.push(status),
    });
  });

  const result = (more: Partial<RetentionResult>): RetentionResult => ({
    outcome: 'done',
    startedAt: '2024-02-29T10:00:00.000Z',
    took: 5,
    contentsDropped: 0,
    messagesDeleted: 0,
    text: 'text',
    ...more,
  });
  const failed = (message: string, more: Partial<RetentionResult> = {}): RetentionResult =>
    result({ outcome: 'failed', text: message, error: { code: 'X', message }, ...more });

  it('a line when something was dropped or deleted, none when nothing was due', () => {
    report(result({}));
    report(result({ contentsDropped: 1, text: 'dropped' }));
    report(result({ messagesDeleted: 1, text: 'deleted', outcome: 'stopped' }));
    expect(lines).to.deep.equal(['log Retention: dropped', 'log Retention: deleted']);
  });

  it('a warning when it fails, once until the reason changes or it went well', () => {
    report(failed('locked'));
    report(failed('locked'));
    report(result({ outcome: 'elsewhere' }));
    report(failed('locked', { messagesDeleted: 2, text: '2 deleted, then locked' }));
    expect(lines).to.deep.equal(['warn Retention: locked', 'log Retention: 2 deleted, then locked']);
    report(failed('gone'));
    report(result({}));
    report(failed('gone'));
    expect(lines.slice(2)).to.deep.equal(['warn Retention: gone', 'warn Retention: gone']);
  });

  it('each run as a status that holds the result', () => {
    const runs = [result({}), failed('locked'), result({ outcome: 'elsewhere' }), result({ outcome: 'stopped' })];
    for (const run of runs) report(run);
    expect(statuses).to.deep.equal([
      { fill: 'green', shape: 'dot', text: 'text', retention: runs[0] },
      { fill: 'red', shape: 'ring', text: 'locked', retention: runs[1] },
      { fill: 'grey', shape: 'dot', text: 'text', retention: runs[2] },
      { fill: 'grey', shape: 'ring', text: 'text', retention: runs[3] },
    ]);
  });
});
