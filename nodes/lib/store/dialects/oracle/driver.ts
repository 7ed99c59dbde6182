/** The parts of node-oracledb that the store needs. */
export interface OracleDriver {
  OUT_FORMAT_OBJECT: number;
  BIND_OUT: number;
  BUFFER: unknown;
  DB_TYPE_CLOB: unknown;
  DB_TYPE_BLOB: unknown;
  DB_TYPE_NUMBER: unknown;
  DB_TYPE_RAW: unknown;
  DB_TYPE_VARCHAR: unknown;
}

export interface OracleResult {
  rows?: Record<string, unknown>[];
  outBinds?: Record<string, unknown[]>[];
  batchErrors?: (Error & { errorNum: number; offset: number })[];
}

export interface OracleConnection {
  oracleServerVersionString: string;
  callTimeout: number;
  execute(sql: string, binds: unknown, options: object): Promise<OracleResult>;
  executeMany(sql: string, rows: readonly object[], options: object): Promise<OracleResult>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  break(): Promise<void>;
  close(): Promise<void>;
  on(event: 'error', listener: () => void): void;
}

/** A value of a statement: its type, and the bytes of the longest; `out`: one that the statement gives back. */
export interface Bind {
  type: 'text' | 'number' | 'bytes' | 'long text' | 'long bytes';
  size?: number;
  out?: boolean;
}

/** Rows for one statement: all go to the server at once. */
export class Many {
  /**
   * @param binds name and type of each value
   * @param tolerant true: a row that is refused does not keep the others from being written, and is reported
   */
  constructor(
    readonly rows: readonly Record<string, unknown>[],
    readonly binds: Readonly<Record<string, Bind>>,
    readonly tolerant = false,
  ) {}
}

/** As the driver takes the types. */
export function bindDefs(driver: OracleDriver, binds: Readonly<Record<string, Bind>>): Record<string, object> {
  const types = {
    text: driver.DB_TYPE_VARCHAR,
    number: driver.DB_TYPE_NUMBER,
    bytes: driver.DB_TYPE_RAW,
    'long text': driver.DB_TYPE_CLOB,
    'long bytes': driver.DB_TYPE_BLOB,
  };
  return Object.fromEntries(
    Object.entries(binds).map(([name, { type, size, out }]) => [
      name,
      {
        type: types[type],
        ...(size === undefined ? {} : { maxSize: Math.max(1, size) }),
        ...(out ? { dir: driver.BIND_OUT } : {}),
      },
    ]),
  );
}
