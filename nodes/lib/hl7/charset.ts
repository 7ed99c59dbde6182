import { isAscii, isUtf8 } from 'node:buffer';
import { decodeBytes, wideCharset } from './charset-decode';
import { ESCAPE } from './charset-iso2022';
import { canonicalCharset, charsetLabel, isNarrowCharset } from './charset-names';
import { type Header, peekHeader } from './header';
import { leadBytes } from './lead';
import { segmentEnd } from './segments';

export { CHARSETS, type Charset, canonicalCharset, charsetLabel } from './charset-names';

export interface DecodeOptions {
  /** The listener's set, for messages that declare none and are not UTF-8: a label or canonical name. */
  default?: string;
  /** The listener's set is right whatever MSH-18 says. */
  force?: boolean;
  /** The bytes came over MLLP, which cannot carry UTF-16 and UTF-32: what looks like these is something else. */
  narrow?: boolean;
}

export interface DecodedMessage {
  text: string;
  /** Canonical name of the set that the text was decoded with; encoding with it gives the sender's bytes again. */
  charset: string;
  /** MSH-18 as sent. */
  declared: string;
  /** What MSH-18 has to say for text in this set: as sent, where it says that. `''` for plain ASCII. */
  label: string;
  /** The bytes were not valid in the set they should be in, or in none that is known, and were taken as latin1. */
  fallback: boolean;
  /** MSH-18 names a set that is not supported. */
  unknown?: boolean;
  /** There was a byte order mark; it is not in the text. */
  bom?: boolean;
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LATIN1 = 'iso-8859-1';
const JAPANESE = 'iso-2022-jp';

/** CNS 11643: HAPI reads it as EUC-TW, dcm4che as TIS-620. The bytes are kept, and nobody's default is tried on them. */
const KEPT = 'cns-11643';
const CNS_11643 = /^\W*CNS\W?11643/i;

/** Sets with bytes that look like delimiters inside their characters, so that MSH-18 cannot be counted off before decoding. */
const OVERLAPPING: readonly string[] = ['shift_jis', JAPANESE, 'big5', 'gb18030'];
/** A header longer than this is no header, and is not read again and again. */
const OVERLAPPING_BYTES = 64 * 1024;

/**
 * Decodes a message by its own declaration (MSH-18, HL7 table 0211). The bytes stay the truth: what cannot be decoded is
 * taken as latin1, never replaced, so that it can be done again. What carries nothing before the header is not in the text.
 *
 * An empty, ASCII or unknown MSH-18 means UTF-8 where the bytes are that, else the listener's set, else latin1.
 */
export function decodeMessage(raw: Buffer, options: DecodeOptions = {}): DecodedMessage {
  const own = options.default ? canonicalCharset(options.default) : undefined;
  const wide = options.narrow ? undefined : wideCharset(raw);
  if (wide !== undefined) {
    const text = decodeBytes(raw.subarray(wide.mark), wide.name);
    if (text !== undefined) {
      const declared = peekHeader(text)?.fields[18] ?? '';
      const label = declared || charsetLabel(wide.name);
      return { text, charset: wide.name, declared, label, fallback: false, ...(wide.mark > 0 && { bom: true }) };
    }
  }
  const lead = leadBytes(raw);
  const marked = raw.subarray(0, 3).equals(UTF8_MARK);
  const bom = marked || raw.subarray(0, lead).includes(UTF8_MARK);
  const bytes = raw.subarray(lead > 0 || !marked ? lead : UTF8_MARK.length);
  const { declared, name } = readDeclaration(bytes);
  const unknown = name === undefined || name === KEPT;
  const found = options.force && own !== undefined ? byName(bytes, own) : choose(bytes, name, own, bom);
  const charset = found?.charset ?? LATIN1;
  // Kept bytes are echoed as they came, in the set that only its label can name.
  const label = charset === name || (found === undefined && name === KEPT) ? declared : charsetLabel(charset);
  const rest = { declared, label, ...(unknown && { unknown }), ...(bom && { bom }) };
  if (found !== undefined) return { ...found, fallback: false, ...rest };
  return { text: bytes.toString('latin1'), charset, fallback: true, ...rest };
}

/**
 * The text of a message that came over MLLP and whose set is known, as `decodeMessage` reads it with `force` and `narrow`.
 * @param charset canonical name or any label of a supported set; of another, the message's own declaration holds
 */
export function decodeText(raw: Buffer, charset: string): Pick<DecodedMessage, 'text' | 'charset'> {
  const name = canonicalCharset(charset);
  // What has a mark is not always in the set it should be in.
  const bytes = raw.subarray(leadBytes(raw));
  if (name === undefined || raw.subarray(0, raw.length - bytes.length || 3).includes(UTF8_MARK)) {
    return decodeMessage(raw, { default: charset, force: true, narrow: true });
  }
  return byName(bytes, name) ?? { text: bytes.toString('latin1'), charset: LATIN1 };
}

type Found = Pick<DecodedMessage, 'text' | 'charset'> | undefined;

function choose(bytes: Buffer, declared: string | undefined, own: string | undefined, bom: boolean): Found {
  // A mark says what the bytes are better than a header field that may be copied from a template.
  if (bom && isUtf8(bytes)) return byName(bytes, 'utf-8');
  if (declared !== undefined && declared !== 'us-ascii' && declared !== KEPT) return byName(bytes, declared);
  const escapes = own === JAPANESE && bytes.includes(ESCAPE);
  if (isAscii(bytes)) return (escapes ? byName(bytes, JAPANESE) : undefined) ?? byName(bytes, 'us-ascii');
  if (declared === KEPT) return undefined;
  if (isUtf8(bytes)) return byName(bytes, 'utf-8');
  return own === undefined ? undefined : byName(bytes, own);
}

function byName(bytes: Buffer, name: string): Found {
  const stateless = name !== JAPANESE || !bytes.includes(ESCAPE);
  const ascii = stateless && isNarrowCharset(name) && isAscii(bytes);
  const text = ascii ? bytes.toString('latin1') : decodeBytes(bytes, name);
  return text === undefined ? undefined : { text, charset: name };
}

interface Declaration {
  /** MSH-18 as sent. */
  declared: string;
  /** Canonical name or {@link KEPT}; `us-ascii` when empty; undefined when not known. */
  name: string | undefined;
}

/** Reads MSH-18 before the set is known. A batch has none of its own: its first message speaks for it. */
function readDeclaration(bytes: Buffer): Declaration {
  let start = 0;
  const begin = bytes.toString('latin1', 0, 3);
  if (begin === 'FHS' || begin === 'BHS') {
    const afterCr = bytes.indexOf('\rMSH');
    start = 1 + (afterCr < 0 ? bytes.indexOf('\nMSH') : afterCr);
  }
  const first = firstSegment(bytes.subarray(start));
  const header = peekHeader(first.toString('latin1'));
  if (header === undefined) return { declared: '', name: 'us-ascii' };
  const read = resolve(header);
  if (isAscii(first) && !first.includes(ESCAPE)) return read;
  return readOverlapping(first, header) ?? read;
}

function firstSegment(bytes: Buffer): Buffer {
  const cr = bytes.indexOf(0x0d);
  const end = cr < 0 ? bytes.indexOf(0x0a) : cr;
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  if (cr < 0 || !line.includes(0x0a)) return line;
  return line.subarray(0, segmentEnd(`${line.toString('latin1')}\r`, 0, String.fromCharCode(line[3] ?? 0)));
}

/**
 * A header with, say, Shift_JIS names may have more apparent separators than real ones. When one of the fields from
 * MSH-18 on names such a set, and the header decoded with it has that label at MSH-18, that is the set.
 */
function readOverlapping(first: Buffer, header: Header): Declaration | undefined {
  if (first.length > OVERLAPPING_BYTES) return undefined;
  // Each set is tried once, however many fields name it.
  const labels = new Map<string, Set<string>>();
  for (const field of header.fields.slice(18)) {
    const { name } = resolveField(field, header);
    if (name === undefined || !OVERLAPPING.includes(name)) continue;
    labels.set(name, (labels.get(name) ?? new Set()).add(field));
  }
  for (const [name, fields] of labels) {
    const text = decodeBytes(first, name);
    const decoded = text === undefined ? undefined : peekHeader(text);
    if (decoded !== undefined && fields.has(decoded.fields[18] ?? '')) return resolve(decoded);
  }
  return undefined;
}

function resolve(header: Header): Declaration {
  return resolveField(header.fields[18] ?? '', header);
}

const JAPANESE_ALTERNATES = /^ISO\W?IR\W?(14|87|159)$/i;

function resolveField(declared: string, header: Header): Declaration {
  const { repetition, component } = header.delimiters;
  const labels = (repetition === '' ? [declared] : declared.split(repetition)).map((label) => label.trim());
  const first = labels[0] === '""' ? '' : labels[0]!;
  const name = first === '' ? 'us-ascii' : named(first, component);
  // `~ISO IR87`: ASCII, from which the text switches to kanji by ISO 2022.
  const switches = labels.slice(1).some((label) => JAPANESE_ALTERNATES.test(label));
  // A header that can be read byte by byte is in none of these.
  if (name !== undefined && !isNarrowCharset(name)) return { declared, name: undefined };
  return { declared, name: switches && (name === 'us-ascii' || name === 'shift_jis') ? JAPANESE : name };
}

function named(label: string, component: string): string | undefined {
  const whole = canonicalCharset(label);
  if (whole !== undefined || CNS_11643.test(label)) return whole ?? KEPT;
  if (component === '') return undefined;
  return canonicalCharset(label.split(component, 1)[0]!);
}

/** The set that a message's header names: its canonical name, `us-ascii` when it names none; undefined when not supported. */
export function declaredCharset(header: Header): string | undefined {
  const { name } = resolve(header);
  return name === KEPT ? undefined : name;
}
