import { expect } from 'chai';
import { QuietLog } from '../../../nodes/shared/quiet-log';

describe('a quiet log', () => {
  let now: number;
  let said: string[];
  let log: QuietLog;
  beforeEach(() => {
    now = 1_000_000;
    said = [];
    log = new QuietLog(
      (text) => said.push(text),
      () => now,
    );
  });

  it('says one thing once a minute, and how often it happened meanwhile', () => {
    log.tell('NOT_ALLOWED', 'peer 1');
    log.tell('NOT_ALLOWED', 'peer 2');
    now += 59_999;
    log.tell('NOT_ALLOWED', 'peer 3');
    expect(said).to.deep.equal(['peer 1']);
    now += 1;
    log.tell('NOT_ALLOWED', 'peer 4');
    expect(said).to.deep.equal(['peer 1', 'peer 4 (2 more of this kind since it was last said)']);
    now += 60_000;
    log.tell('NOT_ALLOWED', 'peer 5');
    expect(said.at(-1)).to.equal('peer 5');
  });

  it('says different things at once', () => {
    log.tell('A', 'a');
    log.tell('B', 'b');
    log.tell('A', 'a again');
    expect(said).to.deep.equal(['a', 'b']);
  });

  it('goes by the clock of the machine', () => {
    const own = new QuietLog((text) => said.push(text));
    own.tell('A', 'first');
    own.tell('A', 'second');
    expect(said).to.deep.equal(['first']);
  });
});
