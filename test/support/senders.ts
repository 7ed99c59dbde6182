/**
 * Senders as hospitals have them: each sends one message after the other, and repeats what was not answered, over a new
 * connection when need be, for as long as it takes.
 */
import { connect, type Socket } from 'node:net';
import { messageParts } from './hl7-text';
import type { LogReader } from './log-table';
import { message } from './messages';
import { frame } from './mllp-client';
import { pause } from './wait';

export interface Sent {
  bytes: Buffer;
  controlId: string;
  /** How many answers it asks for by MSH-15 and MSH-16. */
  wanted: number;
  /** Every positive answer that arrived, over all attempts, without repetitions of the same bytes. */
  answers: Buffer[];
  attempts: number;
}

export class Senders {
  readonly sent: Sent[] = [];
  /** Answers that should not have come, as text. */
  readonly surprises: string[] = [];
  /** Negative answers that arrived. */
  refused = 0;
  private readonly loops: Promise<void>[] = [];
  private readonly sockets = new Set<Socket>();
  private stopping = false;
  private aborted = false;

  /** @param count senders, each with a connection of its own. */
  constructor(
    private readonly port: number,
    private readonly count: number,
  ) {}

  start(): void {
    for (let i = 0; i < this.count; i++) this.loops.push(this.run(i));
  }

  /** Messages that got all their answers. */
  get settled(): number {
    return this.sent.filter((one) => one.answers.length >= one.wanted).length;
  }

  /** No new messages; waits until each sender has its last one answered. */
  async finish(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.loops);
  }

  /** Ends at once, whatever is unanswered. */
  async abort(): Promise<void> {
    this.stopping = true;
    this.aborted = true;
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.loops);
  }

  private async run(index: number): Promise<void> {
    // Most systems want AA; some CA, some both.
    const modes = [{}, {}, { acceptAck: 'AL' }, { acceptAck: 'AL', applicationAck: 'AL' }] as const;
    const mode = modes[index % modes.length] as { acceptAck?: string; applicationAck?: string };
    let socket: Socket | undefined;
    while (!this.stopping) {
      const text = message({ ...mode, size: [700, 2000, 6000][index % 3], kind: index % 2 ? 'ORU' : 'ADT' });
      const one: Sent = {
        bytes: Buffer.from(text),
        controlId: messageParts(text).controlId,
        wanted: mode.applicationAck ? 2 : 1,
        answers: [],
        attempts: 0,
      };
      this.sent.push(one);
      while (!this.aborted && !(socket && (await this.attempt(socket, one)))) {
        socket?.destroy();
        socket = await this.open();
        if (!socket || one.attempts > 0) await pause(50);
      }
    }
    socket?.destroy();
  }

  private open(): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: this.port });
      this.sockets.add(socket);
      socket.once('connect', () => resolve(socket));
      socket.on('error', () => resolve(undefined));
      socket.once('close', () => {
        this.sockets.delete(socket);
        resolve(undefined);
      });
    });
  }

  /** True when all its answers came; false when the connection broke before, or the answer was negative. */
  private attempt(socket: Socket, one: Sent): Promise<boolean> {
    one.attempts++;
    return new Promise((resolve) => {
      let rest = Buffer.alloc(0);
      let came = 0;
      const end = (whole: boolean): void => {
        socket.off('data', take).off('close', broken);
        resolve(whole);
      };
      const broken = (): void => end(false);
      const take = (chunk: Buffer): void => {
        rest = Buffer.concat([rest, chunk]);
        for (let fs = rest.indexOf(0x1c); fs >= 0 && fs + 1 < rest.length; fs = rest.indexOf(0x1c)) {
          const answer = Buffer.from(rest.subarray(1, fs));
          rest = rest.subarray(fs + 2);
          came++;
          const good = this.note(one, answer);
          if (!good || came === one.wanted) {
            end(good);
            return;
          }
        }
      };
      socket.on('data', take).once('close', broken);
      if (socket.destroyed) broken();
      else socket.write(frame(one.bytes));
    });
  }

  /** Keeps a positive answer; false for a negative one. */
  private note(one: Sent, answer: Buffer): boolean {
    const { code, acknowledges } = messageParts(answer);
    if (acknowledges !== one.controlId) {
      this.surprises.push(`an answer for ${acknowledges} where one for ${one.controlId} was due`);
      return false;
    }
    if (code !== 'AA' && code !== 'CA') {
      this.refused++;
      return false;
    }
    if (!one.answers.some((known) => known.equals(answer))) one.answers.push(answer);
    return true;
  }

  /**
   * Compares what was answered with the log: every answered message has exactly one row with its bytes, and every answer
   * stands there byte for byte; nothing is there twice, and nothing that nobody sent.
   * @returns what is wrong, a line each; empty when all is well.
   */
  async compare(table: LogReader): Promise<string[]> {
    const faults = [...this.surprises];
    const rows = await table.messages();
    const acks = await table.allAcks();
    const byId = new Map<string, typeof rows>();
    for (const row of rows) byId.set(row.control_id ?? '', [...(byId.get(row.control_id ?? '') ?? []), row]);
    const acksOf = new Map<number, typeof acks>();
    for (const ack of acks) acksOf.set(ack.message_id, [...(acksOf.get(ack.message_id) ?? []), ack]);
    for (const one of this.sent) {
      const found = byId.get(one.controlId) ?? [];
      byId.delete(one.controlId);
      if (found.length > 1) faults.push(`${one.controlId} has ${found.length} rows`);
      if (one.answers.length > one.wanted) faults.push(`${one.controlId} was given different answers`);
      if (one.answers.length === 0) continue;
      const row = found[0];
      if (row === undefined) {
        faults.push(`${one.controlId} was answered and is not in the log`);
        continue;
      }
      if (!row.raw.equals(one.bytes)) faults.push(`${one.controlId} has other bytes in the log`);
      const kept = acksOf.get(row.id) ?? [];
      for (const answer of one.answers) {
        if (!kept.some((ack) => ack.raw.equals(answer)))
          faults.push(`${one.controlId} was answered with bytes the log lacks`);
      }
      if (kept.length !== one.wanted) faults.push(`${one.controlId} has ${kept.length} answers in the log`);
    }
    for (const controlId of byId.keys()) faults.push(`${controlId} is in the log and was never sent`);
    return faults;
  }
}
