import { Hl7Error } from '../../errors';
import { CR, FS, VT } from './constants';

/**
 * Frames a message: `0B content 1C 0D`.
 * @throws Hl7Error `CONTENT_NOT_FRAMABLE` when the content holds 0B or 1C, which would end or restart the frame.
 */
export function encode(content: Buffer): Buffer {
  if (content.includes(VT) || content.includes(FS)) {
    throw new Hl7Error(
      'CONTENT_NOT_FRAMABLE',
      'The message holds a byte 0B or 1C, which MLLP uses for its frame. Remove it or send it escaped (\\X0B\\, \\X1C\\).',
    );
  }
  const frame = Buffer.allocUnsafe(content.length + 3);
  frame[0] = VT;
  content.copy(frame, 1);
  frame[content.length + 1] = FS;
  frame[content.length + 2] = CR;
  return frame;
}

/** Frames each message and joins the frames, for one write. Throws as `encode`. */
export function encodeAll(contents: readonly Buffer[]): Buffer {
  return contents.length === 1 ? encode(contents[0]!) : Buffer.concat(contents.map(encode));
}
