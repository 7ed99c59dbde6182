import type { Trouble } from '../dialect';
import type { Words } from './words';

export type Row = Record<string, unknown>;

/** Runs one statement, and hands back its rows. */
export type Run = (sql: string) => Promise<Row[]>;

/** A way to a database for work that is not urgent, beside the one that writes messages. */
export interface Maintenance {
  readonly words: Words;
  /** A table's name as statements write it. */
  table(name: string): string;
  /** Reads without holding up anybody who writes. */
  read: Run;
  /** Does steps in one transaction. After an error nothing of it is there. */
  transaction<T>(steps: (run: Run) => Promise<T>): Promise<T>;
  trouble(error: unknown): Trouble;
  /** Ends what is under way, at the cost of the connection. */
  abort(): void;
  /** Never throws. */
  close(): Promise<void>;
}
