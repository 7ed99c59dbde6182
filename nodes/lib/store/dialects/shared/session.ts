import { Hl7Error } from '../../../errors';

/**
 * One connection to a server. Statements run one after another; one that takes too long ends the connection, since
 * its outcome is unknown.
 */
export abstract class Session {
  #lost = false;

  /** @param statementMs milliseconds a statement may take */
  constructor(
    readonly location: string,
    readonly statementMs: number,
  ) {}

  /** True once the connection cannot be used any more. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Hands a statement to the driver. Rejects with the driver's error. */
  protected abstract send(sql: string, parameters: readonly unknown[]): Promise<unknown[]>;

  /** Ends the connection at once; what is under way fails. Never throws. */
  protected abstract cut(): void;

  /** Ends the session at the server, and releases the connection. */
  protected abstract leave(): Promise<void>;

  /** Lets go of the connection; one that does not answer is cut. Never throws. */
  async close(): Promise<void> {
    const leaving = this.leave();
    if (this.#lost) {
      // The server is gone.
      leaving.catch(() => undefined);
      return;
    }
    if (!(await inTime(leaving, LEAVE_MS))) this.end();
  }

  /**
   * Runs a statement, or what the dialect writes as one, and hands back its rows.
   * @param milliseconds what it may take
   */
  async run<T>(sql: string, parameters: readonly unknown[] = [], milliseconds = this.statementMs): Promise<T[]> {
    if (this.#lost) throw connectionLost(this.location);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      this.#abandon = () => reject(connectionLost(this.location));
      timer = setTimeout(() => {
        reject(timedOut(this.location, milliseconds));
        this.end();
      }, milliseconds);
    });
    try {
      return (await Promise.race([this.send(sql, parameters), late])) as T[];
    } finally {
      clearTimeout(timer);
    }
  }

  #abandon: () => void = () => undefined;

  /** Ends the connection at once; statements that are waited for are rejected. */
  end(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#abandon();
    this.cut();
  }

  /** The driver says that the connection is gone. */
  protected gone(): void {
    this.#lost = true;
    this.#abandon();
  }
}

/** Milliseconds a server may take to answer a good-bye. */
const LEAVE_MS = 1000;

/** True when a promise was fulfilled within so many milliseconds. Never throws. */
export async function inTime(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const done = promise.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function connectionLost(location: string): Hl7Error {
  return new Hl7Error('STORE_CONNECTION_LOST', `The connection to ${location} is lost.`);
}

function timedOut(location: string, milliseconds: number): Hl7Error {
  return new Hl7Error('STORE_TIMEOUT', `${location} did not answer within ${Math.round(milliseconds / 1000)} s.`);
}

/** True for a statement that took longer than it may. */
export function isTimedOut(error: unknown): boolean {
  return error instanceof Hl7Error && error.code === 'STORE_TIMEOUT';
}

/** True for the errors above: whether the statement took effect is unknown, and the connection cannot be used any more. */
export function isLost(error: unknown): boolean {
  return error instanceof Hl7Error && (error.code === 'STORE_CONNECTION_LOST' || error.code === 'STORE_TIMEOUT');
}

/** The driver's error inside of what Sequelize or umzug made of it. */
export function driverError(error: unknown): { code: string; number?: number; message: string } {
  for (let at = error; at instanceof Error; ) {
    const { code, original, parent, cause, number, errno } = at as Error & Record<string, unknown>;
    const inner = original ?? parent ?? cause;
    if (inner instanceof Error && !(typeof code === 'string' && at instanceof Hl7Error)) {
      at = inner;
      continue;
    }
    const known = typeof number === 'number' ? number : errno;
    return {
      code: typeof code === 'string' ? code : '',
      number: typeof known === 'number' ? known : undefined,
      message: at.message,
    };
  }
  return { code: '', message: '' };
}
