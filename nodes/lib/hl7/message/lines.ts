/** The lines of a message: found by name, split when they are read, added and removed. */

import { isStrayLine } from '../object/single-message';
import { Places } from './segment-index';
import { type Level, type Piece, SplitText, textOf } from './split-text';

/** One segment of a message, in message order. */
export interface SegmentText {
  /** `?` for a line that is no segment. */
  name: string;
  /** The n-th of its name, from 1: usable in a path. */
  occurrence: number;
  /** As sent, without its end. */
  text: string;
}

/** No edit goes over the other lines: the rest is done once, when the text is read. */
export class Lines {
  readonly #separator: string;
  /** Up to the last one that is not blank; undefined where one was removed. Not searched for until it is needed. */
  #lines: (Piece | undefined)[] = [];
  #removed = 0;
  /** Blank lines behind them. */
  #blank = 0;
  #places: Places | undefined;
  /** All of it; undefined from an edit on, until it is read. */
  #text: string | undefined;

  /**
   * @param text of one message, its segments ended by `\r`
   * @param separator the field separator
   */
  constructor(text: string, separator: string) {
    this.#text = text;
    this.#separator = separator;
  }

  /** The first line is 0, and MSH. */
  find(name: string, occurrence: number): number | undefined {
    return this.#named().find(name, occurrence);
  }

  count(name: string): number {
    return this.#named().count(name);
  }

  text(line: number): string {
    return textOf(this.#lines[line]!);
  }

  /** A line by field; its name at 0. */
  fields(line: number): SplitText {
    const known = this.#lines[line]!;
    if (typeof known !== 'string') return known;
    const split = new SplitText(known, this.#separator);
    this.#lines[line] = split;
    return split;
  }

  write(line: number, field: number, wire: string, levels: readonly Level[]): void {
    this.#text = undefined;
    this.fields(line).write(field, wire, levels);
  }

  /** Adds a segment behind the last line that is not blank. */
  add(name: string): void {
    this.#named().add(name, this.#lines.length);
    this.#text = undefined;
    this.#lines.push(name);
    // Its own end.
    if (this.#blank === 0) this.#blank = 1;
  }

  /** @returns false when it is not there */
  remove(name: string, occurrence: number): boolean {
    const places = this.#named();
    const line = places.find(name, occurrence);
    if (line === undefined) return false;
    this.#text = undefined;
    places.remove(name, occurrence);
    this.#lines[line] = undefined;
    this.#removed++;
    this.#trim();
    if (this.#removed > this.#lines.length / 2) this.#compact();
    return true;
  }

  /** The segments, or those of one name, in order. */
  segments(name?: string): SegmentText[] {
    const counts = new Map<string, number>();
    const found: SegmentText[] = [];
    const lines = this.#split();
    for (let line = 0; line < lines.length; line++) {
      const piece = lines[line];
      if (piece === undefined) continue;
      const own = this.#nameOf(piece, line);
      const occurrence = (counts.get(own) ?? 0) + 1;
      counts.set(own, occurrence);
      if (name === undefined || name === own) found.push({ name: own, occurrence, text: textOf(piece) });
    }
    return found;
  }

  toString(): string {
    if (this.#text !== undefined) return this.#text;
    const texts = this.#lines.filter((line) => line !== undefined).map(textOf);
    // A large text is copied once.
    texts[texts.length - 1] += '\r'.repeat(this.#blank);
    this.#text = texts.join('\r');
    return this.#text;
  }

  #named(): Places {
    if (this.#places !== undefined) return this.#places;
    const places = new Places();
    const lines = this.#split();
    for (let line = 0; line < lines.length; line++) {
      const piece = lines[line];
      const name = piece === undefined ? '?' : this.#nameOf(piece, line);
      if (name !== '?') places.add(name, line);
    }
    this.#places = places;
    return places;
  }

  #split(): readonly (Piece | undefined)[] {
    if (this.#lines.length === 0) {
      this.#lines = this.#text!.split('\r');
      this.#trim();
    }
    return this.#lines;
  }

  #nameOf(piece: Piece, line: number): string {
    if (line === 0) return 'MSH';
    // Only a segment is split.
    if (typeof piece !== 'string') return piece.at(0) as string;
    return isStrayLine(piece, this.#separator) ? '?' : piece.slice(0, 3);
  }

  /** Blank lines at the end are only counted: they are all the same. */
  #trim(): void {
    for (;;) {
      const last = this.#lines.at(-1);
      if (last === undefined) this.#removed--;
      else if (last === '') this.#blank++;
      else return;
      this.#lines.pop();
    }
  }

  /** So that many edits of a small message leave it small. */
  #compact(): void {
    this.#lines = this.#lines.filter((line) => line !== undefined);
    this.#removed = 0;
    this.#places = undefined;
  }
}
