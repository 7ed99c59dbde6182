import { expect } from 'chai';
import fc from 'fast-check';
import { inLockOrder } from '../../../nodes/lib/store/ingest/append';
import { type MessageRecord, makeRecord } from '../../../nodes/lib/store/record/record';
import { row } from './helper';

const from = (remotePort: number | null, key: string): MessageRecord => ({
  ...makeRecord(row(key, { remotePort })),
  key,
});
const keysOf = (records: readonly MessageRecord[]): string[] => records.map(({ key }) => key);

describe('lock order', () => {
  it('is that of the keys for messages of several connections', () => {
    expect(keysOf(inLockOrder([from(1, 'c'), from(2, 'a'), from(3, 'b')]))).to.deep.equal(['a', 'b', 'c']);
  });

  it('leaves messages of one connection in the order in which they came', () => {
    const came = [from(1, 'c'), from(2, 'b'), from(1, 'a'), from(3, 'd'), from(2, 'e')];
    expect(keysOf(inLockOrder(came))).to.deep.equal(['b', 'c', 'a', 'd', 'e']);
    expect(keysOf(came)).to.deep.equal(['c', 'b', 'a', 'd', 'e']);
  });

  it('takes messages that came over no connection as those of one', () => {
    expect(keysOf(inLockOrder([from(null, 'b'), from(null, 'a')]))).to.deep.equal(['b', 'a']);
  });

  it('holds every message once, each connection in its order, and all by key where each connection has one', () => {
    const arrivals = fc.array(fc.record({ port: fc.integer({ min: 1, max: 4 }), key: fc.string({ maxLength: 3 }) }));
    fc.assert(
      fc.property(arrivals, (came) => {
        const records = came.map(({ port, key }) => from(port, key));
        const placed = inLockOrder(records);
        expect(placed).to.have.members(records);
        for (const port of [1, 2, 3, 4]) {
          const own = (list: readonly MessageRecord[]) => list.filter(({ columns }) => columns.remote_port === port);
          expect(own(placed)).to.deep.equal(own(records));
        }
        const first = records.filter((one, n) => records.findIndex((a) => samePort(a, one)) === n);
        expect(keysOf(inLockOrder(first))).to.deep.equal(keysOf(first).sort());
      }),
    );
  });
});

const samePort = (a: MessageRecord, b: MessageRecord): boolean => a.columns.remote_port === b.columns.remote_port;
