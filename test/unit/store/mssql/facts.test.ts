import { expect } from 'chai';
import { capabilitiesOf } from '../../../../nodes/lib/store/dialects/mssql/capabilities';
import { factsOf } from '../../../../nodes/lib/store/dialects/mssql/server-info';
import type { Session } from '../../../../nodes/lib/store/dialects/shared/session';
import { rejection } from '../helper';

const BANNER = 'Microsoft SQL Server 2022 (RTM-CU13) (KB5036432) - 16.0.4125.3 (X64) \n\tMay  1 2024';

/** A session with a server that answers by what a statement says; an Error is thrown. */
function server(answers: [RegExp, object | Error][]): Session {
  return {
    lost: false,
    run: async (sql: string) => {
      const answer = answers.find(([pattern]) => pattern.test(sql))?.[1];
      if (answer === undefined) throw new Error(`not expected: ${sql}`);
      if (answer instanceof Error) throw answer;
      return [answer];
    },
  } as unknown as Session;
}

const good = (changes: object = {}): [RegExp, object][] => [
  [/@@VERSION/, { banner: BANNER, version: '16.0.4125.3' }],
  [/OPENJSON/, { one: 'x' }],
  [/sys\.databases/, { name: 'log', delayed_durability: 'DISABLED', ...changes }],
];

describe('store: what SQL Server says of itself', () => {
  it('is its version, and that commits are on disk', async () => {
    for (const delayed_durability of ['DISABLED', 'ALLOWED']) {
      expect(await factsOf(server(good({ delayed_durability })), 'db')).to.deep.equal({
        version: 'Microsoft SQL Server 2022 16.0.4125.3',
        durability: { delayed_durability },
        warnings: [],
      });
    }
  });

  it('is that commits are not on disk', async () => {
    const forced = await factsOf(server(good({ delayed_durability: 'FORCED' })), 'db');
    expect(forced.warnings).to.have.length(1);
    expect(forced.warnings[0]).to.include('DELAYED_DURABILITY is FORCED');
    const temporary = await factsOf(server(good({ name: 'tempdb' })), 'db');
    expect(temporary.warnings[0]).to.include('tempdb');
  });

  it('is that it cannot read JSON', async () => {
    const old = server([[/OPENJSON/, new Error("Invalid object name 'OPENJSON'")], ...good()]);
    const error = await rejection(factsOf(old, 'db'));
    expect(error.code).to.equal('STORE_OPEN_FAILED');
    expect(error.message).to.include('db').and.include('COMPATIBILITY_LEVEL = 130');
  });
});

describe('store: in what a TDS server may differ', () => {
  it('is nothing where it answers as SQL Server', async () => {
    const own = server([
      [/NCHAR\(0\)/, { one: '\0', other: '\0' }],
      [/OPENJSON/, { one: '\u0001"\\', other: '\u0001"\\' }],
      [/LEN\(/, { one: 2, other: 1 }],
    ]);
    expect(await capabilitiesOf(own)).to.deep.equal({ takesNul: true, readsEscapes: true, countsPairs: false });
  });

  it('is found out where it answers otherwise, or not at all', async () => {
    const other = server([
      [/NCHAR\(0\)/, new Error('unsupported')],
      [/OPENJSON/, { one: '\\u0001', other: '\u0001"\\' }],
      [/LEN\(/, { one: 1, other: 1 }],
    ]);
    expect(await capabilitiesOf(other)).to.deep.equal({ takesNul: false, readsEscapes: false, countsPairs: true });
  });

  it('is not guessed from a connection that is lost', async () => {
    const lost = { lost: true, run: () => Promise.reject(new Error('socket hang up')) } as unknown as Session;
    const error = await capabilitiesOf(lost).catch((reason: Error) => reason.message);
    expect(error).to.equal('socket hang up');
  });
});
