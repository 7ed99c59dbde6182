import { type Delimiters, type Path, parsePath, readDelimiters } from '../../../../nodes/lib/hl7';
import { isStrayLine } from '../../../../nodes/lib/hl7/object/single-message';

/** A message that keeps only its text, and splits and joins all of it each time: what `Hl7Message` must do, whatever it costs. */
export class PlainMessage {
  readonly #delimiters: Delimiters;

  /** @param text segments ended by `\r` */
  constructor(public text: string) {
    this.#delimiters = readDelimiters(text)!;
  }

  getRaw(path: string): string | undefined {
    const at = parsePath(path);
    const line = this.text.split('\r')[this.#lineOf(at)];
    if (line === undefined || at.field === undefined) return line;
    const field = this.#fields(line)[at.field];
    if (field === undefined || at.repetition === '*') return field;
    const { repetition, component, subComponent } = this.#delimiters;
    let text: string | undefined = field;
    for (const [separator, position] of [
      [repetition, at.repetition ?? 1],
      [component, at.component],
      [subComponent, at.subComponent],
    ] as const) {
      if (position === undefined || text === undefined) break;
      text = split(text, at.segment === 'MSH' && at.field <= 2 ? '' : separator)[position - 1];
    }
    return text;
  }

  /** @returns false when the segment is not there */
  setRaw(path: string, wire: string): boolean {
    const at = parsePath(path);
    const lines = this.text.split('\r');
    const n = this.#lineOf(at);
    if (n === -1) return false;
    const { field, repetition, component, subComponent } = this.#delimiters;
    const fields = this.#fields(lines[n]!);
    const change = (text: string, levels: [string, number | undefined][]): string => {
      const [level, ...rest] = levels;
      if (level?.[1] === undefined) return wire;
      const parts = split(text, level[0]);
      while (parts.length < level[1]) parts.push('');
      parts[level[1] - 1] = change(parts[level[1] - 1]!, rest);
      return parts.join(level[0]);
    };
    while (fields.length <= at.field!) fields.push('');
    fields[at.field!] = change(
      fields[at.field!]!,
      at.repetition === '*'
        ? []
        : [
            [repetition, at.repetition ?? 1],
            [component, at.component],
            [subComponent, at.subComponent],
          ],
    );
    if (at.segment === 'MSH') fields.splice(1, 1);
    lines[n] = fields.join(field);
    this.text = lines.join('\r');
    return true;
  }

  addSegment(name: string): number {
    const body = this.text.replace(/\r*$/, '');
    this.text = `${body}\r${name}${this.text.slice(body.length) || '\r'}`;
    return this.segments().filter((one) => one.name === name).length;
  }

  removeSegment(path: string): boolean {
    const lines = this.text.split('\r');
    const n = this.#lineOf(parsePath(path));
    if (n === -1) return false;
    lines.splice(n, 1);
    this.text = lines.join('\r');
    return true;
  }

  segments(): { name: string; occurrence: number; text: string }[] {
    const lines = this.text.replace(/\r*$/, '').split('\r');
    const names = lines.map((line, n) => this.#name(line, n));
    return lines.map((text, n) => ({
      name: names[n]!,
      occurrence: names.slice(0, n + 1).filter((name) => name === names[n]).length,
      text,
    }));
  }

  #name(line: string, n: number): string {
    if (n === 0) return 'MSH';
    return isStrayLine(line, this.#delimiters.field) ? '?' : line.slice(0, 3);
  }

  #lineOf({ segment, occurrence }: Path): number {
    const places = this.text.split('\r').flatMap((line, n) => (this.#name(line, n) === segment ? [n] : []));
    return places[(occurrence ?? 1) - 1] ?? -1;
  }

  #fields(line: string): string[] {
    const { field } = this.#delimiters;
    const fields = line.split(field);
    return fields[0] === 'MSH' ? ['MSH', field, ...fields.slice(1)] : fields;
  }
}

function split(text: string, separator: string): string[] {
  return separator === '' ? [text] : text.split(separator);
}
