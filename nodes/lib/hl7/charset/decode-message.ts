import { isAscii, isUtf8 } from 'node:buffer';
import { atOnce } from '../../util';
import { type Header, peekHeader } from '../syntax/header';
import { leadBytes } from '../syntax/lead';
import { segmentEnd } from '../syntax/segments';
import { decodeBytes, wideCharset } from './decode';
import { ESCAPE } from './iso2022';
import { canonicalCharset, charsetLabel, isNarrowCharset } from './names';
import { repairSteps } from './repair';
import { onPlatform } from './tables';
import { countUtf8Steps, findingControls, type Utf8Share } from './utf8';

export { CHARSETS, type Charset, canonicalCharset, charsetLabel } from './names';

export interface DecodeOptions {
  /** The listener's set, for messages that declare none and are not UTF-8: a label or canonical name. */
  default?: string;
  /** The listener's set is right whatever MSH-18 says. */
  force?: boolean;
  /** Bytes that are UTF-8 are read as that whatever MSH-18 says. */
  preferUtf8?: boolean;
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
  /**
   * Some bytes were not valid in the set they should be in, or in none that is known, and were taken as windows-1252. Then
   * encoding does not give them again where the charset is another one.
   */
  fallback: boolean;
  /** MSH-18 names a set that is not supported. */
  unknown?: boolean;
  /** The bytes are, or look like, another set than MSH-18, or the listener that insists on one, names. */
  doubtful?: boolean;
  /** There was a byte order mark; it is not in the text. */
  bom?: boolean;
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LATIN1 = 'iso-8859-1';
/** Latin1 with characters for the bytes 80 to 9F. */
const WINDOWS = 'windows-1252';
const JAPANESE = 'iso-2022-jp';

/** CNS 11643: HAPI reads it as EUC-TW, dcm4che as TIS-620. The bytes are kept, and no default is tried on them. */
const KEPT = 'cns-11643';
const CNS_11643 = /^\W*CNS\W?11643/i;

/** Sets with bytes that look like delimiters inside their characters, so that MSH-18 cannot be counted off before decoding. */
const OVERLAPPING: readonly string[] = ['shift_jis', JAPANESE, 'big5', 'gb18030'];
/** A header longer than this is no header, and is not read again and again. */
const OVERLAPPING_BYTES = 64 * 1024;

/**
 * Decodes a message by its own declaration (MSH-18, HL7 table 0211). The bytes stay the truth: none is replaced. Those that
 * are not valid in their set are read as windows-1252, and only those. What carries nothing before the header is not in the
 * text.
 *
 * An empty, ASCII or unknown MSH-18 means UTF-8 where the bytes are that, or are nearly that; else the listener's set, else
 * latin1, which is windows-1252 where bytes 80 to 9F occur: they are controls in latin1, which no message holds.
 */
export function decodeMessage(raw: Buffer, options: DecodeOptions = {}): DecodedMessage {
  return atOnce(decodeMessageSteps(raw, options));
}

/** As `decodeMessage`; yields to the event loop periodically where there is more to do than the platform does in one go. */
export function* decodeMessageSteps(raw: Buffer, options: DecodeOptions = {}): Generator<void, DecodedMessage> {
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
  const { bytes, bom } = withoutLead(raw);
  const { declared, name } = readDeclaration(bytes);
  const unknown = name === undefined || name === KEPT;
  const { doubtful, ...found } =
    options.force && own !== undefined
      ? yield* readForced(bytes, own)
      : yield* choose(bytes, { declared, name, own, bom, prefersUtf8: options.preferUtf8 === true });
  const { charset, fallback } = found;
  // Kept bytes are echoed as they came, in the set that only its label can name; and who says latin1 reads windows-1252.
  const same = charset === name || (fallback && ((charset === WINDOWS && name === LATIN1) || name === KEPT));
  const label = same ? declared : charsetLabel(charset);
  return {
    ...found,
    declared,
    label,
    ...(unknown && { unknown }),
    ...(bom && { bom }),
    ...(doubtful && { doubtful }),
  };
}

/**
 * The text of a message that came over MLLP and whose set is known, as `decodeMessage` reads it with `force` and `narrow`.
 * @param charset canonical name or any label of a supported set; of another, the message's own declaration holds
 */
export function decodeText(raw: Buffer, charset: string): Pick<DecodedMessage, 'text' | 'charset'> {
  return atOnce(decodeTextSteps(raw, charset));
}

/** As `decodeText`; yields to the event loop periodically. */
export function* decodeTextSteps(
  raw: Buffer,
  charset: string,
): Generator<void, Pick<DecodedMessage, 'text' | 'charset'>> {
  const name = canonicalCharset(charset);
  const { bytes, bom } = withoutLead(raw);
  const known = name !== undefined && !bom;
  const { text, charset: read } = known
    ? yield* readAs(bytes, name)
    : // What has a mark is not always in the set it should be in.
      yield* decodeMessageSteps(raw, { default: charset, force: true, narrow: true });
  return { text, charset: read };
}

/** The bytes from the header on, and whether a UTF-8 mark is among those before it. */
function withoutLead(raw: Buffer): { bytes: Buffer; bom: boolean } {
  const lead = leadBytes(raw);
  const marked = raw.subarray(0, UTF8_MARK.length).equals(UTF8_MARK);
  const bom = marked || raw.subarray(0, lead).includes(UTF8_MARK);
  return { bytes: raw.subarray(lead > 0 || !marked ? lead : UTF8_MARK.length), bom };
}

type Found = Pick<DecodedMessage, 'text' | 'charset' | 'fallback' | 'doubtful'>;

interface Choice extends Declaration {
  /** The listener's set. */
  own: string | undefined;
  bom: boolean;
  prefersUtf8: boolean;
}

function* choose(bytes: Buffer, { declared, name, own, bom, prefersUtf8 }: Choice): Generator<void, Found> {
  // A mark says what the bytes are better than a header field that may be copied from a template.
  if (bom && (isUtf8(bytes) || isMostlyUtf8(yield* countUtf8Steps(bytes)))) return yield* readAs(bytes, 'utf-8');
  if (name !== undefined && name !== 'us-ascii' && name !== KEPT) return yield* readDeclared(bytes, name, prefersUtf8);
  const escapes = own === JAPANESE && bytes.includes(ESCAPE);
  if (isAscii(bytes)) return (escapes ? exactly(bytes, JAPANESE) : undefined) ?? exactly(bytes, 'us-ascii')!;
  if (name === KEPT) return yield* western(bytes);
  const likeUtf8 = isUtf8(bytes) || isMostlyUtf8(yield* countUtf8Steps(bytes));
  const found = yield* likeUtf8 ? readAs(bytes, 'utf-8') : own === undefined ? western(bytes) : readAs(bytes, own);
  // An empty field says nothing; ASCII says something else than the bytes do.
  const doubtful = name === 'us-ascii' && declared !== '' && declared !== '""';
  return { ...found, doubtful };
}

/** The bytes are by far more likely UTF-8 with a fault than text in a set of single bytes. */
function isMostlyUtf8({ characters, faults }: Utf8Share): boolean {
  return characters > faults;
}

/**
 * What MSH-18 names is believed, unless the bytes cannot be in it and are UTF-8. Where they can be both, which short texts
 * in a set of two bytes a character can by chance, that is noted; and decided for UTF-8, if so set.
 */
function* readDeclared(bytes: Buffer, name: string, prefersUtf8: boolean): Generator<void, Found> {
  const found = exactly(bytes, name);
  if (isAscii(bytes)) return found ?? (yield* readAs(bytes, name));
  if (name === 'utf-8') {
    if (found !== undefined) return found;
    return { ...(yield* readAs(bytes, name)), doubtful: !isMostlyUtf8(yield* countUtf8Steps(bytes)) };
  }
  const whole = isUtf8(bytes);
  const several = hasSeveralBytes(name);
  if (several && found === undefined && whole) return { ...exactly(bytes, 'utf-8')!, doubtful: true };
  const share = yield* countUtf8Steps(bytes);
  const doubtful = several ? whole && share.long > 0 : isMostlyUtf8(share);
  if (doubtful && prefersUtf8) return { ...(yield* readAs(bytes, 'utf-8')), doubtful };
  const read = yield* readAs(bytes, name, found);
  return doubtful ? { ...read, doubtful } : read;
}

/** True for a set with characters of more than one byte. */
function hasSeveralBytes(name: string): boolean {
  return name === 'utf-8' || name === JAPANESE || onPlatform(name);
}

/** As the listener insists; that the bytes look like something else is noted. */
function* readForced(bytes: Buffer, name: string): Generator<void, Found> {
  const found = yield* readAs(bytes, name);
  if (hasSeveralBytes(name) || isAscii(bytes)) return found;
  const doubtful = isMostlyUtf8(yield* countUtf8Steps(bytes));
  return doubtful ? { ...found, doubtful } : found;
}

/** Text in one set, where all of the bytes are valid in it; undefined otherwise. */
function exactly(bytes: Buffer, name: string): Found | undefined {
  const stateless = name !== JAPANESE || !bytes.includes(ESCAPE);
  const ascii = stateless && isNarrowCharset(name) && isAscii(bytes);
  const text = ascii ? bytes.toString('latin1') : decodeBytes(bytes, name);
  return text === undefined ? undefined : { text, charset: name, fallback: false };
}

/**
 * Text in one set; bytes that are not valid in it are taken as windows-1252.
 * @param found what `exactly` gives for them
 */
function* readAs(bytes: Buffer, name: string, found = exactly(bytes, name)): Generator<void, Found> {
  const mayHold = ISO.test(name) && !isAscii(bytes);
  if (found !== undefined && !(mayHold && (yield* findingControls(bytes)))) return found;
  if (name === LATIN1 || name === 'us-ascii' || !isNarrowCharset(name)) return yield* western(bytes);
  const text = yield* repairSteps(bytes, name);
  if (!hasSeveralBytes(name)) return { text, charset: name, fallback: true };
  const other = yield* western(bytes);
  // Nothing of it is valid: then it is another set, and what is sent back has to be in that.
  return text === other.text ? { ...other, doubtful: true } : { text, charset: name, fallback: true };
}

/** Bytes of which nothing is known: latin1, or windows-1252 where that makes a difference. Both give each byte again. */
function* western(bytes: Buffer): Generator<void, Found> {
  const text = bytes.toString('latin1');
  if (!(yield* findingControls(bytes))) return { text, charset: LATIN1, fallback: true };
  return { text: yield* repairSteps(bytes, WINDOWS), charset: WINDOWS, fallback: true };
}

const ISO = /^iso-8859-/;
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
