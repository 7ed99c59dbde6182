import { connect } from 'node:net';
import { type ErrorCode, Hl7Error } from '../../errors';
import { MllpDecoder } from '../framing/decoder';
import { encode } from '../framing/encoder';

interface Destination {
  host: string;
  port: number;
  /** Milliseconds to wait for the connection and the answer. */
  timeoutMs?: number;
}

/**
 * Sends one message on a connection of its own and waits for its answer, for trying a listener out.
 * @returns the content of the first frame that comes back
 * @throws Hl7Error (rejects) SEND_REFUSED, SEND_FAILED, SEND_TIMEOUT, SEND_NO_ANSWER, CONTENT_NOT_FRAMABLE
 */
export function sendOnce(content: Buffer, { host, port, timeoutMs = 60_000 }: Destination): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Before there is a socket: thrown in one of its events it would end the process.
    const framed = encode(content);
    const decoder = new MllpDecoder();
    const socket = connect({ host, port });
    const timer = setTimeout(() => {
      fail('SEND_TIMEOUT', `${host}:${port} gave no answer within ${timeoutMs / 1000} s.`);
    }, timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
    };
    const fail = (code: ErrorCode, message: string, cause?: unknown): void => {
      end();
      reject(new Hl7Error(code, message, { cause }));
    };
    socket.on('connect', () => socket.write(framed));
    socket.on('data', (chunk) => {
      for (const decoded of decoder.push(chunk)) {
        if (decoded.kind !== 'frame') continue;
        end();
        resolve(decoded.content);
        return;
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') fail('SEND_REFUSED', `Nothing listens on ${host}:${port}.`, error);
      else fail('SEND_FAILED', `The connection to ${host}:${port} failed (${error.code}).`, error);
    });
    socket.on('close', () => {
      fail('SEND_NO_ANSWER', `${host}:${port} closed the connection and gave no answer.`);
    });
  });
}
