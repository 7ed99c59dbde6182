import type { Sequelize } from 'sequelize';
import { Connection } from './driver';

/**
 * Pages in the write-ahead log, that the database file does not have yet, from which on they are copied to it. Few at a
 * time: the commits that meet a copy, and the one that empties the log, wait for as long as it takes.
 */
const COPY_FROM_PAGES = 500;
/** After so many commits it is looked how many there are. */
const LOOK_AFTER_COMMITS = 8;

/** Pages in the write-ahead log, and how many of them the database file has. */
interface Log {
  log: number;
  checkpointed: number;
}

/**
 * Copies what the write-ahead log holds to the database file, through a connection of its own and beside the writing
 * one: a commit that has to do it takes as long as hundreds of others. What arrives meanwhile stays in the log, so that
 * only a commit can empty it (`wal_autocheckpoint`); that one finds little left to copy.
 */
export class Checkpointer {
  #commits = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  private constructor(
    readonly sequelize: Sequelize,
    readonly connection: Connection,
  ) {}

  /** Takes an instance of its own. Throws the driver's error. */
  static async of(sequelize: Sequelize): Promise<Checkpointer> {
    const connection = await Connection.of(sequelize);
    try {
      // What is copied must be on disk before the log is written anew.
      await connection.exec(`
        PRAGMA synchronous = FULL;
        PRAGMA checkpoint_fullfsync = ON;
        PRAGMA wal_autocheckpoint = 0;
      `);
      return new Checkpointer(sequelize, connection);
    } catch (error) {
      await sequelize.close().catch(() => undefined);
      throw error;
    }
  }

  /** Something was committed. */
  wrote(): void {
    this.#commits += 1;
    if (this.#commits < LOOK_AFTER_COMMITS || this.#running !== undefined || this.#closed) return;
    this.#commits = 0;
    this.#running = this.#copy().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is copied any more. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.connection.release();
    await this.sequelize.close().catch(() => undefined);
  }

  async #copy(): Promise<void> {
    try {
      const [found] = await this.connection.all<Log>('PRAGMA wal_checkpoint(NOOP)');
      if (found!.log - found!.checkpointed < COPY_FROM_PAGES || this.#closed) return;
      await this.connection.all('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // The commits go on into the log, which keeps them as well; one that finds no room there any more is reported.
    }
  }
}
