import { expect } from 'chai';
import { RateLimitedLog } from '../../../nodes/common/rate-limited-log';

describe('a quiet log', () => {
  let now: number;
  let said: string[];
  let log: RateLimitedLog;
  const make = (burst?: number): RateLimitedLog =>
    new RateLimitedLog((text) => said.push(text), { now: () => now, burst });
  beforeEach(() => {
    now = 1_000_000;
    said = [];
    log = make();
  });
  afterEach(() => log.close());

  function minute(): void {
    now += 60_000;
    log.summarize();
  }

  it('logs the first of a kind at once, and the number of the others once a minute', () => {
    log.report('NOT_ALLOWED', 'peer 1');
    for (let n = 0; n < 8591; n++) log.report('NOT_ALLOWED', `peer ${n}`);
    expect(said).to.deep.equal(['peer 1']);
    now += 59_000;
    log.summarize();
    expect(said.slice(1)).to.deep.equal(['8,591 more in the last 59 s: NOT_ALLOWED 8,591. The last one: peer 8590']);
  });

  it('says when there were none for a minute, and logs the next one at once', () => {
    log.report('A', 'first');
    now += 30_000;
    log.report('A', 'second');
    minute();
    expect(said).to.have.length(3);
    expect(said[2]).to.equal('A: none for a minute, after 2 in all.');
    log.report('A', 'again');
    expect(said[3]).to.equal('again');
  });

  it('says nothing of the end of what happened once', () => {
    log.report('A', 'once');
    minute();
    minute();
    expect(said).to.deep.equal(['once']);
  });

  it('goes on counting what came shortly before a summary', () => {
    now += 59_999;
    log.report('A', 'late');
    now += 1;
    log.summarize();
    log.report('A', 'early');
    expect(said).to.deep.equal(['late']);
    minute();
    expect(said[1]).to.match(/^1 more in the last 60 s: A 1\. The last one: early$/);
  });

  it('writes one summary for all kinds, each with its count', () => {
    for (const what of ['A', 'B', 'A', 'B', 'B']) log.report(what, what);
    expect(said).to.deep.equal(['A', 'B']);
    now += 59_000;
    log.summarize();
    expect(said.slice(2)).to.deep.equal(['3 more in the last 59 s: A 1, B 2. The last one: B']);
  });

  it('logs as many of a kind one by one as it is told', () => {
    log = make(3);
    for (let n = 1; n <= 5; n++) log.report('A', `${n}`);
    expect(said).to.deep.equal(['1', '2', '3']);
    log.close();
    expect(said[3]).to.match(/^2 more/);
  });

  it('is bounded, however many kinds there are', () => {
    for (let n = 0; n < 5000; n++) log.report(`kind ${n}`, `text ${n}`);
    expect(said.length).to.be.at.most(101);
    now += 1000;
    log.summarize();
    expect(said.at(-1)).to.match(/^4,899 more in the last 1 s: OTHER 4,899\./);
  });

  it('writes what it counted when it is closed, and once what comes later', () => {
    log.report('A', 'first');
    log.report('A', 'second');
    now += 12_000;
    log.close();
    log.close();
    expect(said).to.deep.equal(['first', '1 more in the last 12 s: A 1. The last one: second']);
    log.report('A', 'third');
    log.report('B', 'late');
    log.report('B', 'later');
    expect(said.slice(2)).to.deep.equal(['late']);
  });

  it('writes the first one in the way it is told', () => {
    const own: string[] = [];
    log.report('A', 'text', () => own.push('own'));
    log.report('A', 'text', () => own.push('own'));
    expect([own, said]).to.deep.equal([['own'], []]);
  });

  it('goes by the clock of the machine', () => {
    const own = new RateLimitedLog((text) => said.push(text));
    own.report('A', 'first');
    own.report('A', 'second');
    expect(said).to.deep.equal(['first']);
    own.close();
  });
});
