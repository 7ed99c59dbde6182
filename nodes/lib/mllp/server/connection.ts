import type { Socket } from 'node:net';
import { Hl7Error } from '../../errors';
import type { TlsInfo } from '../../message-contract';
import { Timer, TRACE } from '../../util';
import type { CloseReason } from '../close-reasons';
import { type Decoded, type DecoderOptions, type Frame, MllpDecoder, type Refusal } from '../framing/decoder';
import { DEVIATIONS, type DeviationCode } from '../framing/deviations';
import type { MllpLimits } from '../limits';
import type { BufferBudget, BufferHolder } from './buffer-budget';
import { FrameQueue } from './frame-queue';
import { LateDeviations } from './late-deviations';
import { type PendingReply, Replies, type Reply, type ReplySink } from './replies';
import { SocketWriter } from './socket-writer';

/** Who is at the other end. Plain data. */
export interface ConnectionInfo {
  /** Unique in this process and hard to guess. */
  id: string;
  listener: string;
  /** An IPv4 peer of a dual-stack socket is shown as plain IPv4. */
  remoteAddress: string;
  remotePort: number;
  localPort: number;
  tls: TlsInfo | false;
  openedAt: Date;
}

/** A frame handed on, with the means to answer it. */
export interface InboundFrame {
  connection: ConnectionInfo;
  /** Byte for byte what stood between VT and FS. */
  content: Buffer;
  deviations: DeviationCode[];
  /** Set when the frame must be answered negatively. */
  refused?: Refusal;
  /** With `refused`: one sentence that says why, without a byte of the message. */
  refusedReason?: string;
  /** With `refused`: the part whose header the answer should name. */
  answerTo?: Buffer;
  receivedAt: Date;
  /** What is seen of it later: with any of these it must not be answered positively any more. */
  late: LateDeviations;
  reply: Reply;
}

export interface ConnectionSettings extends Pick<DecoderOptions, 'startInside' | 'severalMessages' | 'withoutStart'> {
  limits: MllpLimits;
  /** Frames handed on at a time and not answered yet. */
  maxInFlight: number;
  budget: BufferBudget;
}

/** What a connection tells its listener. */
interface ConnectionEvents {
  received(bytes: number): void;
  frame(frame: InboundFrame): void;
  deviation(code: DeviationCode): void;
  /** As `deviation`, but once a connection, for what an administrator has to correct. */
  warning(code: Warning): void;
  answered(): void;
  /** The frame's receiver threw; the connection is closed. */
  failed(error: Hl7Error): void;
  closed(reason: CloseReason): void;
}

/** What the sender does wrong again and again, without an answer that would tell it. */
export type Warning = Extract<DeviationCode, 'MESSAGE_WITHOUT_START' | 'BYTES_AFTER_END'>;

/** Milliseconds in which a peer may go on to send a frame that is refused for its size, so that it reads the answer. */
const REFUSED_LINGER_MS = 10_000;

const RESET_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT']);

/** One peer: takes frames from its socket, hands them on within the window, and sends the answers in order. */
export class MllpConnection implements BufferHolder, ReplySink {
  readonly info: ConnectionInfo;
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #events: ConnectionEvents;
  readonly #decoder: MllpDecoder;
  readonly #answers = new Replies(this);
  readonly #queue = new FrameQueue();
  readonly #frameAlarm: Timer;
  /** For what the decoder waits for. */
  readonly #quietAlarms: Readonly<Record<'end' | 'doubt' | 'silence', Timer>>;
  #quietAlarm: Timer | undefined;
  readonly #outlet: SocketWriter;
  #lingerAlarm: Timer | undefined;
  #reason: CloseReason | undefined;
  /** Takes no more bytes and frames. */
  #stopped = false;
  #peerEnded = false;
  #paused = false;
  /** Nothing more is decoded: the connection ends with the answer to a frame that is too large. */
  #refusing = false;
  /** The frame handed on last. */
  #last: { turn: PendingReply; late: LateDeviations } | undefined;
  readonly #warned = new Set<Warning>();
  #pumping = false;
  #alarmFor = 0;
  #silent = true;
  #handedOn = 0;
  #frames = 0;
  #booked = 0;

  constructor(socket: Socket, info: ConnectionInfo, settings: ConnectionSettings, events: ConnectionEvents) {
    const { limits } = settings;
    this.info = info;
    this.#socket = socket;
    this.#settings = settings;
    this.#events = events;
    this.#decoder = new MllpDecoder({ ...settings, ...limits }, (code) => this.#deviation(code));
    this.#frameAlarm = new Timer(limits.frameTime, () => this.destroy('FRAME_TIMEOUT'));
    const quiet = (ms: number): Timer => new Timer(ms, () => this.#take(this.#decoder.flush()));
    this.#quietAlarms = {
      end: quiet(limits.endTime),
      doubt: quiet(limits.doubtTime),
      silence: quiet(limits.withoutStartTime),
    };
    this.#outlet = new SocketWriter(socket, limits, () => this.destroy('ANSWERS_NOT_READ'));
    settings.budget.join(this);
    if (TRACE['connection opened'].on) {
      const { id, listener, remoteAddress, remotePort, localPort, tls } = info;
      const peer = { remoteAddress, remotePort, localPort, tls: tls !== false };
      TRACE['connection opened'].report({ listener, connection: id, ...peer });
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.setTimeout(limits.idleTime);
    socket.on('timeout', () => this.#idle());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#reason ??= RESET_CODES.has(error.code ?? '') ? 'PEER_RESET' : 'SOCKET_ERROR';
    });
    socket.on('close', () => this.#closed());
    socket.on('end', () => this.#end());
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  get unfinished(): number {
    return this.#decoder.buffered + this.#queue.bytes;
  }

  closeForBuffer(): void {
    this.destroy('BUFFER_LIMIT');
  }

  /** Closes at once; what is not answered yet cannot be answered any more. */
  destroy(reason: CloseReason): void {
    this.#reason ??= reason;
    this.#stop();
    this.#answers.fail();
    this.#socket.destroy();
  }

  /** Closes; answers given to the socket already have `grace` milliseconds to go out. */
  shutdown(grace: number): void {
    this.#outlet.flush();
    if (grace > 0 && this.#answers.writing > 0) {
      this.#reason ??= 'LISTENER_CLOSED';
      this.#finish(grace);
    } else this.destroy('LISTENER_CLOSED');
  }

  write(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.#outlet.write(bytes, done);
  }

  finished(turn: PendingReply, sent: boolean): void {
    this.#handedOn -= turn.size;
    this.#book();
    if (sent) this.#events.answered();
    // The socket's timer rings once; without an answer nothing else starts it anew.
    else this.#socket.setTimeout(this.#settings.limits.idleTime);
    if (!this.#stopped && !this.#answers.closed) this.#pump();
  }

  end(): void {
    this.#reason ??= 'CLOSED_AFTER_ANSWER';
    const { lingerTime } = this.#settings.limits;
    this.#finish(this.#refusing ? Math.max(lingerTime, REFUSED_LINGER_MS) : lingerTime);
  }

  #receive(chunk: Buffer): void {
    // After an answer that closes the connection nothing more is taken.
    if (this.#stopped || this.#answers.closed || this.#refusing) return;
    this.#silent = false;
    this.#events.received(chunk.length);
    this.#take(this.#decoder.push(chunk));
  }

  #take(decoded: readonly Decoded[]): void {
    for (const item of decoded) {
      if (item.kind === 'frame') this.#queue.push(item);
      else if (item.kind === 'late') this.#late();
    }
    this.#book();
    // The budget, or a late deviation, may just have closed this connection.
    if (this.#stopped) return;
    const { violation } = this.#decoder;
    if (violation && !this.#refusing) {
      if (this.#queue.last?.refused !== 'FRAME_TOO_LARGE') {
        this.destroy(violation);
        return;
      }
      this.#reason ??= violation;
      this.#refusing = true;
    }
    this.#pump();
  }

  #deviation(code: DeviationCode): void {
    this.#events.deviation(code);
    if (code !== 'BYTES_AFTER_END' && (code !== 'MESSAGE_WITHOUT_START' || this.#settings.withoutStart)) return;
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.#events.warning(code);
  }

  /** The frame that came last may be a part of a message: it is not answered positively, as far as that is still open. */
  #late(): void {
    const waiting = this.#queue.last;
    if (waiting) {
      if (!waiting.deviations.includes('BYTES_AFTER_END')) waiting.deviations.push('BYTES_AFTER_END');
      waiting.refused ??= 'BYTES_AFTER_END';
      waiting.answerTo ??= waiting.content;
      return;
    }
    if (this.#last === undefined) return;
    const { turn, late } = this.#last;
    late.add('BYTES_AFTER_END');
    // An answer that waits for those before it cannot be changed any more; without it the sender repeats.
    if (turn.settled && this.#answers.isWaiting(turn)) this.destroy('BYTES_AFTER_END');
  }

  /** Hands frames on as far as the window allows, and reads on or pauses accordingly. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#stopped && !this.#answers.closed && this.#answers.open < this.#settings.maxInFlight) {
      const frame = this.#queue.shift();
      if (!frame) break;
      this.#handOn(frame);
    }
    this.#pumping = false;
    if (this.#stopped) return;
    this.#book();
    this.#readOrPause();
    this.#setAlarms();
    if (this.#peerEnded && this.#queue.length === 0 && this.#answers.open === 0) this.#finish();
  }

  #handOn(frame: Frame): void {
    const { content, deviations, refused, answerTo } = frame;
    const turn = this.#answers.add(content.length);
    turn.last = refused === 'FRAME_TOO_LARGE';
    const late = new LateDeviations();
    this.#last = { turn, late };
    this.#frames++;
    if (TRACE['frame received'].on) {
      const facts = { frame: this.#frames, bytes: content.length, deviations, refused };
      TRACE['frame received'].report({ connection: this.info.id, ...facts });
    }
    this.#handedOn += content.length;
    const received: InboundFrame = {
      connection: this.info,
      content,
      deviations,
      receivedAt: new Date(),
      late,
      reply: turn,
    };
    if (refused) Object.assign(received, { refused, refusedReason: DEVIATIONS[refused].meaning, answerTo });
    try {
      this.#events.frame(received);
    } catch (cause) {
      this.#events.failed(
        new Hl7Error('HANDLER_FAILED', 'A frame could not be handed on; its connection is closed.', { cause }),
      );
      this.destroy('HANDLER_FAILED');
    }
  }

  /**
   * Pauses only when something waits already: a sender that waits for its answer sends nothing, and pausing and
   * resuming for each message costs more than taking one surplus chunk.
   */
  #readOrPause(): void {
    const full = this.#answers.open >= this.#settings.maxInFlight;
    // What is refused for its size is read and thrown away: a sender that cannot write it all would not read its answer.
    const pause = full && !this.#refusing && (this.#queue.length > 0 || this.#decoder.inside);
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  /** The time of a frame does not run while we do not read. */
  #setAlarms(): void {
    const reading = this.#decoder.inside && !this.#paused;
    if (!reading) this.#frameAlarm.clear();
    else if (!this.#frameAlarm.isSet || this.#alarmFor !== this.#decoder.framesBegun) {
      this.#frameAlarm.set();
      this.#alarmFor = this.#decoder.framesBegun;
    }
    const waits = reading ? this.#decoder.waits : undefined;
    this.#quietAlarm?.clear();
    this.#quietAlarm = waits && this.#quietAlarms[waits];
    this.#quietAlarm?.set();
  }

  #idle(): void {
    if (!this.#stopped && this.#answers.open === 0 && this.#queue.length === 0) this.destroy('IDLE_TIMEOUT');
  }

  /** The peer sends no more; it still gets its answers. */
  #end(): void {
    if (this.#stopped) return;
    this.#peerEnded = true;
    const decoded = this.#decoder.end();
    if (this.#decoder.incomplete) this.#reason ??= 'PEER_CLOSED_INSIDE_FRAME';
    this.#take(decoded);
  }

  /** Ends our side, after what is written, and leaves the peer some time to end its own. */
  #finish(linger: number = this.#settings.limits.lingerTime): void {
    if (this.#lingerAlarm) return;
    this.#stop();
    this.#answers.close();
    this.#lingerAlarm = new Timer(linger, () => this.#socket.destroy());
    this.#lingerAlarm.set();
    this.#outlet.end();
    // Without reading, the end of the peer's side would never be seen.
    this.#socket.resume();
  }

  #stop(): void {
    this.#stopped = true;
    this.#frameAlarm.clear();
    this.#quietAlarm?.clear();
    this.#decoder.clear();
    this.#queue.clear();
    this.#book();
  }

  #book(): void {
    const held = this.unfinished + this.#handedOn;
    const difference = held - this.#booked;
    this.#booked = held;
    if (difference !== 0) this.#settings.budget.change(difference);
  }

  #closed(): void {
    const { budget } = this.#settings;
    this.#stop();
    this.#outlet.close();
    this.#lingerAlarm?.clear();
    this.#answers.fail();
    budget.leave(this);
    // Health checks connect and break the connection without a word.
    const reason = this.#silent && this.#reason === 'PEER_RESET' ? 'PEER_CLOSED' : this.#reason;
    if (TRACE['connection closed'].on) {
      const facts = { reason: reason ?? 'PEER_CLOSED', frames: this.#frames };
      TRACE['connection closed'].report({ connection: this.info.id, ...facts });
    }
    this.#events.closed(reason ?? 'PEER_CLOSED');
  }
}
