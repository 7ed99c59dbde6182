/** Repetitions, components and sub-components of a short text. */

/** The n-th part of a text; a separator that is not declared splits nothing. */
export function part(text: string, separator: string, position: number): string | undefined {
  if (separator === '') return position === 1 ? text : undefined;
  let from = 0;
  let end = text.indexOf(separator);
  for (let n = 1; n < position; n++) {
    if (end === -1) return undefined;
    from = end + 1;
    end = text.indexOf(separator, from);
  }
  if (end !== -1) return text.slice(from, end);
  return from === 0 ? text : text.slice(from);
}

/** How many parts a text has. */
function countParts(text: string, separator: string): number {
  if (separator === '') return 1;
  let parts = 1;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1)) parts++;
  return parts;
}

/** The text with its n-th part changed; parts that lack before it are added empty. Not declared, the text is its only part. */
function replacePart(text: string, separator: string, position: number, change: (old: string) => string): string {
  if (separator === '') return change(text);
  const parts = text.split(separator);
  while (parts.length < position) parts.push('');
  parts[position - 1] = change(parts[position - 1]!);
  return parts.join(separator);
}

/** A text that stays split: a line into fields, and of those the long ones into repetitions, components, sub-components. */

/** A text, or what it was split into. */
export type Piece = string | SplitText;

/** A separator, and the part that is meant among those it separates, from 1. */
export interface Level {
  separator: string;
  position: number;
}

/** A text up to this long is split each time again, which costs less than to keep its parts. */
const SHORT = 256;
/** Reads of long parts before they are split, too: most messages have one that is read once. */
const FEW = 4;

/** Reads and writes parts without going over the others: a loop over all of them costs as much as to split the text once. */
export class SplitText {
  readonly #separator: string;
  readonly #parts: Piece[];
  /** All of it; undefined from a write on, until it is read. */
  #text: string | undefined;
  /** Reads of long parts that were not split for it. */
  #peeks = 0;

  constructor(text: string, separator: string) {
    this.#text = text;
    this.#separator = separator;
    this.#parts = separator === '' ? [text] : text.split(separator);
  }

  get text(): string {
    this.#text ??= this.#parts.map(textOf).join(this.#separator);
    return this.#text;
  }

  get length(): number {
    return this.#parts.length;
  }

  /** A part, from 0. */
  at(n: number): Piece | undefined {
    return this.#parts[n];
  }

  /** A part, from 0, for reading one of its own parts. */
  peek(n: number, separator: string): Piece | undefined {
    if (this.#peeks === FEW) return this.open(n, separator);
    const piece = this.#parts[n];
    if (typeof piece === 'string' && piece.length > SHORT) this.#peeks++;
    return piece;
  }

  /** A part, from 0, for work on several of its own parts; a long one is split. */
  open(n: number, separator: string): Piece | undefined {
    const piece = this.#parts[n];
    if (typeof piece !== 'string' || piece.length <= SHORT) return piece;
    const split = new SplitText(piece, separator);
    this.#parts[n] = split;
    return split;
  }

  /**
   * Writes a part, or by levels a place in it; parts that lack before it are added empty.
   * @param n from 0
   */
  write(n: number, wire: string, levels: readonly Level[], from = 0): void {
    this.#text = undefined;
    while (this.#parts.length <= n) this.#parts.push('');
    const level = levels[from];
    if (level === undefined) {
      this.#parts[n] = wire;
      return;
    }
    const piece = this.open(n, level.separator)!;
    if (typeof piece === 'string') this.#parts[n] = written(piece, wire, levels, from);
    else piece.write(level.position - 1, wire, levels, from + 1);
  }
}

export function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text;
}

/** The n-th part of a piece, from 1; for reading one of its own parts when their separator is given. */
export function partOf(piece: Piece, separator: string, position: number, inner?: string): Piece | undefined {
  if (typeof piece === 'string') return part(piece, separator, position);
  return inner === undefined ? piece.at(position - 1) : piece.peek(position - 1, inner);
}

/** How many parts a piece has. */
export function partsIn(piece: Piece, separator: string): number {
  return typeof piece === 'string' ? countParts(piece, separator) : piece.length;
}

function written(text: string, wire: string, levels: readonly Level[], from: number): string {
  const level = levels[from];
  if (level === undefined) return wire;
  return replacePart(text, level.separator, level.position, (old) => written(old, wire, levels, from + 1));
}
