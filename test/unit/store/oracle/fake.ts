import type { OracleDriver, OracleResult } from '../../../../nodes/lib/store/dialects/oracle/driver';
import { OracleSession } from '../../../../nodes/lib/store/dialects/oracle/session';

export const DRIVER: OracleDriver = {
  OUT_FORMAT_OBJECT: 4002,
  BIND_OUT: 3003,
  BUFFER: 'BUFFER',
  DB_TYPE_CLOB: 'CLOB',
  DB_TYPE_BLOB: 'BLOB',
  DB_TYPE_NUMBER: 'NUMBER',
  DB_TYPE_RAW: 'RAW',
  DB_TYPE_VARCHAR: 'VARCHAR',
};

/** What was asked of the driver. */
export interface Call {
  sql: string;
  values: unknown;
  options: Record<string, unknown>;
}

/** An error as the driver makes it. */
export function ora(number: number, text = ''): Error {
  const code = `ORA-${String(number).padStart(5, '0')}`;
  return Object.assign(new Error(`${code}: ${text}`), { code, errorNum: number });
}

/**
 * A session on a driver that keeps what it is asked, and answers by what a statement begins with; an Error is thrown. What
 * is not known to it is answered with nothing.
 */
export async function session(
  answers: [string, OracleResult | Error][],
): Promise<{ calls: Call[]; session: OracleSession }> {
  const calls: Call[] = [];
  const answer = async (sql: string, values: unknown, options: object): Promise<OracleResult> => {
    calls.push({ sql, values, options: options as Call['options'] });
    const found = answers.find(([beginning]) => sql.startsWith(beginning))?.[1] ?? {};
    if (found instanceof Error) throw found;
    return found;
  };
  const connection = {
    oracleServerVersionString: '23.5.0.24.7',
    callTimeout: 0,
    execute: answer,
    executeMany: answer,
    commit: () => answer('COMMIT', undefined, {}),
    rollback: () => answer('ROLLBACK', undefined, {}),
    break: async () => undefined,
    close: async () => undefined,
    on: () => undefined,
  };
  const sequelize = {
    connectionManager: { getConnection: async () => connection, pool: { destroy: async () => undefined } },
  };
  return { calls, session: await OracleSession.of(sequelize as never, DRIVER, 'db:1521/LOG', 1000) };
}
