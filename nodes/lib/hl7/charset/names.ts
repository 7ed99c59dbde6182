/** A character set that can be read and written. */
export interface Charset {
  /** Our name for it (IANA's where it has one), as `msg.mllp.charset` shows it. */
  name: string;
  /** What MSH-18 says: HL7 table 0211 where it has the set, the common private label otherwise. */
  label: string;
  /** For people. */
  title: string;
}

/** Every supported set, in the order an editor lists them. */
export const CHARSETS: readonly Charset[] = Object.freeze(
  [
    ['utf-8', 'UNICODE UTF-8', 'Unicode, UTF-8'],
    ['us-ascii', 'ASCII', 'ASCII (7 bit)'],
    ['iso-8859-1', '8859/1', 'Western European, ISO 8859-1'],
    ['iso-8859-15', '8859/15', 'Western European with euro sign, ISO 8859-15'],
    ['windows-1252', 'WINDOWS-1252', 'Western European, Windows'],
    ['iso-8859-2', '8859/2', 'Central European, ISO 8859-2'],
    ['windows-1250', 'WINDOWS-1250', 'Central European, Windows'],
    ['iso-8859-3', '8859/3', 'South European, ISO 8859-3'],
    ['iso-8859-4', '8859/4', 'North European, ISO 8859-4'],
    ['iso-8859-5', '8859/5', 'Cyrillic, ISO 8859-5'],
    ['windows-1251', 'WINDOWS-1251', 'Cyrillic, Windows'],
    ['koi8-r', 'KOI8-R', 'Cyrillic, KOI8-R'],
    ['iso-8859-6', '8859/6', 'Arabic, ISO 8859-6'],
    ['windows-1256', 'WINDOWS-1256', 'Arabic, Windows'],
    ['iso-8859-7', '8859/7', 'Greek, ISO 8859-7'],
    ['windows-1253', 'WINDOWS-1253', 'Greek, Windows'],
    ['iso-8859-8', '8859/8', 'Hebrew, ISO 8859-8'],
    ['windows-1255', 'WINDOWS-1255', 'Hebrew, Windows'],
    ['iso-8859-9', '8859/9', 'Turkish, ISO 8859-9'],
    ['windows-1254', 'WINDOWS-1254', 'Turkish, Windows'],
    ['iso-8859-10', '8859/10', 'Nordic, ISO 8859-10'],
    ['iso-8859-11', '8859/11', 'Thai, ISO 8859-11'],
    ['windows-874', 'WINDOWS-874', 'Thai, Windows'],
    ['iso-8859-13', '8859/13', 'Baltic, ISO 8859-13'],
    ['windows-1257', 'WINDOWS-1257', 'Baltic, Windows'],
    ['iso-8859-14', '8859/14', 'Celtic, ISO 8859-14'],
    ['iso-8859-16', '8859/16', 'Romanian, ISO 8859-16'],
    ['windows-1258', 'WINDOWS-1258', 'Vietnamese, Windows'],
    ['ibm437', 'IBM437', 'DOS, code page 437'],
    ['ibm850', 'IBM850', 'DOS, code page 850'],
    ['iso-2022-jp', 'ISO IR87', 'Japanese, ISO 2022 (ISO IR87, ISO IR159)'],
    ['shift_jis', 'ISO IR14', 'Japanese, JIS X 0201 and Shift_JIS'],
    ['euc-jp', 'EUC-JP', 'Japanese, EUC-JP'],
    ['gb18030', 'GB 18030-2000', 'Chinese, GB 18030'],
    ['big5', 'BIG-5', 'Chinese (traditional), Big5'],
    ['euc-kr', 'KS X 1001', 'Korean, KS X 1001'],
    ['utf-16le', 'UNICODE UTF-16', 'Unicode, UTF-16 little-endian (files only, not over MLLP)'],
    ['utf-16be', 'UNICODE UTF-16', 'Unicode, UTF-16 big-endian (files only, not over MLLP)'],
    ['utf-32le', 'UNICODE UTF-32', 'Unicode, UTF-32 little-endian (files only, not over MLLP)'],
    ['utf-32be', 'UNICODE UTF-32', 'Unicode, UTF-32 big-endian (files only, not over MLLP)'],
  ].map(([name, label, title]) => Object.freeze({ name: name!, label: label!, title: title! })),
);

/** The labels of those that MLLP can carry: it needs single bytes for its block characters. */
export const MLLP_LABELS: readonly string[] = CHARSETS.filter(({ name }) => isNarrowCharset(name)).map(
  ({ label }) => label,
);

/** Other labels senders write: table 0211's older spellings, DICOM's, the vendors' and the platforms'. */
const ALIASES: Readonly<Record<string, string>> = {
  'utf-8':
    'UNICODE, UTF8, UTF, UTF8MB4, UTF-8 BOM, X-UTF-8, ISO IR192, ISO 10646, ISO 10646 UTF-8, UNICODE 1.1 UTF-8, AL32UTF8, CP65001, 65001',
  'us-ascii':
    'US-ASCII, ISO IR6, ISO 646, ISO 646 US, ISO 646 IRV, ANSI X3.4-1968, ANSI X3.4-1986, ANSI X3.4, ASCII 7, 7BIT, CP20127, 20127, IBM367, CP367',
  'iso-8859-1': 'ISO IR100, LATIN1, L1, WE8ISO8859P1, CP28591, 28591, CP819, IBM819',
  'iso-8859-2': 'ISO IR101, LATIN2, L2, CP28592',
  'iso-8859-3': 'ISO IR109, LATIN3, L3',
  'iso-8859-4': 'ISO IR110, LATIN4, L4',
  'iso-8859-5': 'ISO IR144, CYRILLIC',
  'iso-8859-6': 'ISO IR127, ARABIC',
  'iso-8859-7': 'ISO IR126, GREEK',
  'iso-8859-8': 'ISO IR138, HEBREW',
  'iso-8859-9': 'ISO IR148, LATIN5, L5',
  'iso-8859-10': 'ISO IR157, LATIN6, L6',
  'iso-8859-11': 'ISO IR166, TIS-620',
  'iso-8859-13': 'ISO IR179, LATIN7, L7',
  'iso-8859-14': 'ISO IR199, LATIN8, L8',
  'iso-8859-15': 'ISO IR203, LATIN9, L9, LATIN0, WE8ISO8859P15, CP28605, 28605',
  'iso-8859-16': 'ISO IR226, LATIN10, L10',
  // What Windows programs call the set of the system, which is this one in most of the world.
  'windows-1252': 'ANSI, WINDOWS, WINDOWS ANSI, WINDOWS LATIN1, WE8MSWIN1252',
  'windows-874': 'CP874',
  'koi8-r': 'KOI8R',
  ibm437: 'CP437, OEM437, PC437, DOS437, 437',
  ibm850: 'CP850, OEM850, PC850, DOS850, 850',
  'iso-2022-jp': 'ISO IR159, JIS X 0208, JIS X 0212',
  shift_jis: 'SHIFT-JIS, SJIS, MS932, CP932, WINDOWS-31J, ISO IR13, JIS X 0201',
  gb18030: 'GB18030, GBK, GB2312, GB 2312-80, CP936, WINDOWS-936, MS936, EUC-CN, ISO IR58',
  big5: 'BIG5, CP950, WINDOWS-950, MS950',
  'euc-kr': 'EUC-KR, KSC5601, KS C 5601, KS C 5601-1987, ISO IR149, UHC, CP949, WINDOWS-949, MS949',
  'utf-16le': 'UTF-16',
  'utf-32le': 'UTF-32',
};

const byKey = new Map<string, string>();
for (const { name, label } of CHARSETS) {
  // The first of two with one label has it: UTF-16 without more is little-endian, as its files are.
  for (const known of [name, label]) if (!byKey.has(key(known))) byKey.set(key(known), name);
  const part = /^iso-8859-(\d+)$/.exec(name)?.[1];
  if (part !== undefined)
    for (const prefix of ['CP8859', 'ISO IEC 8859', 'IEC 8859', 'X-ISO-8859', 'CSISO 8859']) {
      byKey.set(key(`${prefix}-${part}`), name);
    }
  const page = /^windows-(\d+)$/.exec(name)?.[1];
  if (page !== undefined) {
    for (const prefix of ['', 'CP', 'WIN', 'IBM', 'MS', 'MSWIN', 'X-CP', 'ANSI-', 'MS-ANSI-'])
      byKey.set(key(`${prefix}${page}`), name);
  }
}
for (const [name, aliases] of Object.entries(ALIASES)) {
  for (const alias of aliases.split(', ')) {
    byKey.set(key(alias), name);
    if (/^LATIN\d/.test(alias)) byKey.set(key(`ISO ${alias}`), name);
  }
}

/**
 * True for the sets whose characters are bytes or rows of them, ASCII among them. UTF-16 and UTF-32 are not: each of their
 * bytes may be a segment's end, or the end of a frame, and what comes over MLLP is never in them.
 */
export function isNarrowCharset(name: string): boolean {
  return !/^utf-(16|32)/.test(name);
}

/** The labels of sets that MLLP can carry, as they are compared: for a dialog, which cannot ask `canonicalCharset`. */
export const CHARSET_KEYS: readonly string[] = Object.freeze(
  [...byKey].filter(([, name]) => isNarrowCharset(name)).map(([label]) => label),
);

const CANONICAL: ReadonlySet<string> = new Set(CHARSETS.map(({ name }) => name));

/** Labels are compared without case, blanks and punctuation, and without a year (`ISO_8859-1:1987`). */
function key(label: string): string {
  return label
    .replace(/:\d{4}$/, '')
    .replace(/[^A-Za-z0-9]+/g, '')
    .toUpperCase();
}

/**
 * The name used here for the set that a label means: HL7 table 0211, a private label, a platform's name.
 * @returns undefined for an empty or unknown label, and for CNS 11643, for which implementations disagree how to decode it
 */
export function canonicalCharset(label: string): string | undefined {
  // Most are our own names already.
  return CANONICAL.has(label) ? label : byKey.get(key(label));
}

/** What MSH-18 says for one of our sets; `''` for a name that is not one of them. */
export function charsetLabel(name: string): string {
  return CHARSETS.find((charset) => charset.name === name)?.label ?? '';
}
