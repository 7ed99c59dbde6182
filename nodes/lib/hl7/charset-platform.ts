/** The multi-byte sets, by the platform's decoders; those of them that read the same on every supported Node version. */
const SUPPORTED = new Set(['shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr']);

const decoders = new Map<string, TextDecoder>();

export function onPlatform(name: string): boolean {
  return SUPPORTED.has(name);
}

/** The platform's Shift_JIS is IBM's, which rotates three controls. */
const ROTATED: Readonly<Record<string, string>> = { '\x1c': '\x1a', '\x7f': '\x1c', '\x1a': '\x7f' };

/** What single bytes that are in none of these sets become, instead of being refused (C1 controls; FF in Big5). */
const STRAY = /[\x80-\x9f\uf8f8]/;

/** @returns undefined when the bytes are not valid in the set */
export function decodeByPlatform(bytes: Buffer, name: string): string | undefined {
  let decoder = decoders.get(name);
  if (decoder === undefined) {
    decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
    decoders.set(name, decoder);
  }
  try {
    const text = decoder.decode(bytes);
    if (name === 'shift_jis') return text.replace(/[\x1a\x1c\x7f]/g, (control) => ROTATED[control]!);
    return name !== 'gb18030' && STRAY.test(text) ? undefined : text;
  } catch {
    // Nobody promises a decoder's state after a failure.
    decoders.delete(name);
    return undefined;
  }
}
