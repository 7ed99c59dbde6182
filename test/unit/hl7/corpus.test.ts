import { expect } from 'chai';
import {
  Hl7Message,
  isBatch,
  normaliseSegmentEnds,
  splitBatch,
  toLive,
  toObject,
  toText,
} from '../../../nodes/lib/hl7';
import { LiveMessage } from '../../../nodes/lib/hl7/object/live/live-message';
import type { FieldValue } from '../../../nodes/lib/hl7/object/types';
import { needsCorpus } from '../../support/require';
import { cloneDeep } from './support/clone';
import { corpusFiles, corpusMessages } from './support/corpus';

const VALUE = 'edited';

/** Files of which something is not as it was. */
function failing(check: (text: string, normal: string) => boolean): string[] {
  return corpusMessages()
    .filter(({ text }) => !check(text, normaliseSegmentEnds(text)))
    .map(({ file }) => file);
}

/** Where a message takes an edit: the middle segment that has fields, and its middle field. */
function placeToEdit(text: string): { line: number; name: string; occurrence: number; field: number } {
  const lines = normaliseSegmentEnds(text).split('\r');
  const separator = text.charAt(3);
  const isSegment = (line: string): boolean => /^[A-Z][A-Z0-9]{2}/.test(line) && line.charAt(3) === separator;
  const candidates = lines.map((line, n) => ({ line, n })).filter(({ line, n }) => n > 0 && isSegment(line));
  const chosen = candidates[Math.floor(candidates.length / 2)];
  if (chosen === undefined) return { line: 0, name: 'MSH', occurrence: 1, field: 10 };
  const name = chosen.line.slice(0, 3);
  const same = (line: string, n: number): boolean =>
    n <= chosen.n && (line === name || line.startsWith(name + separator));
  const occurrence = lines.filter(same).length;
  const fields = chosen.line.split(separator).length - 1;
  return { line: chosen.n, name, occurrence, field: Math.ceil(fields / 2) };
}

/** The text with that one field replaced, made without any of the code under test. */
function edited(normal: string, place: ReturnType<typeof placeToEdit>): string {
  const lines = normal.split('\r');
  const separator = normal.charAt(3);
  const fields = lines[place.line]!.split(separator);
  const position = place.name === 'MSH' ? place.field - 1 : place.field;
  while (fields.length <= position) fields.push('');
  fields[position] = VALUE;
  lines[place.line] = fields.join(separator);
  return lines.join('\r');
}

describe('the shared corpus', () => {
  before(function () {
    needsCorpus(this);
  });

  it('is there', () => {
    expect(corpusMessages().length).to.be.above(1_400);
  });

  it('text to object to text is identical', () => {
    expect(failing((text, normal) => toText(toObject(text)) === normal)).to.deep.equal([]);
  });

  it('so it is after cloning, and after JSON but for the last segment end', () => {
    expect(failing((text, normal) => toText(cloneDeep(toObject(text))) === normal)).to.deep.equal([]);
    const plain = (text: string): string => text.replace(/\r*$/, '\r');
    const json = (text: string): string => toText(JSON.parse(JSON.stringify(toObject(text))));
    expect(failing((text, normal) => normal.includes('\n') || json(text) === plain(normal))).to.deep.equal([]);
  });

  it('live messages build the text they came from, clones too', () => {
    expect(failing((text, normal) => toLive(text).build() === normal)).to.deep.equal([]);
    expect(failing((text, normal) => cloneDeep(toLive(text)).build() === normal)).to.deep.equal([]);
  });

  it('the tokenizer gives the text back and sees the same segments', () => {
    expect(failing((text, normal) => Hl7Message.parse(text).toString() === normal)).to.deep.equal([]);
    const counts = (text: string): boolean => {
      const root = toObject(text);
      const names = Hl7Message.parse(text).segments();
      return Object.keys(root).every((name) => names.filter((one) => one.name === name).length === root[name]!.length);
    };
    expect(failing(counts)).to.deep.equal([]);
  });

  it('editing one field leaves everything else identical', () => {
    const wrong = failing((text, normal) => {
      const place = placeToEdit(text);
      const expected = edited(normal, place);
      const root = toObject(text);
      const segment = root[place.name]![place.occurrence - 1]!;
      segment.data[`${place.name}.${place.field}`] = VALUE as FieldValue;
      const live = toLive(text);
      live.transformed[place.name]![place.occurrence - 1]!.data[`${place.name}.${place.field}`] = VALUE;
      const message = Hl7Message.parse(text).set(`${place.name}[${place.occurrence}]-${place.field}[*]`, VALUE);
      return toText(root) === expected && live.build() === expected && message.toString() === expected;
    });
    expect(wrong).to.deep.equal([]);
  });

  it('writing back what was read changes nothing', () => {
    const wrong = failing((text, normal) => {
      const message = Hl7Message.parse(text);
      for (const { name, occurrence } of message.segments()) {
        if (name === '?') continue;
        const segment = `${name}[${occurrence}]`;
        for (let field = name === 'MSH' ? 3 : 1; message.getRaw(`${segment}-${field}`) !== undefined; field++) {
          const raw = message.getRaw(`${segment}-${field}[*]`)!;
          if (!/[\r\n]/.test(raw)) message.setRaw(`${segment}-${field}[*]`, raw);
        }
      }
      return message.toString() === normal;
    });
    expect(wrong).to.deep.equal([]);
  });

  it('batches are cut without losing a line', () => {
    const lost = corpusFiles()
      .filter(({ text }) => isBatch(text))
      .filter(({ text }) => {
        const { messages, stray } = splitBatch(text);
        const kept = [...messages, ...stray].sort((a, b) => b.start - a.start);
        const rest = kept.reduce((left, one) => left.slice(0, one.start) + left.slice(one.end), text);
        return rest.split(/[\r\n]+/).some((line) => line !== '' && !/^[FB](?:HS|TS)/.test(line));
      });
    expect(lost.map(({ file }) => file)).to.deep.equal([]);
    expect(corpusFiles().filter(({ text }) => isBatch(text)).length).to.be.above(30);
  });

  it('a message is parsed by transform as by toLive', () => {
    expect(
      failing((text, normal) => {
        const message = new LiveMessage(text);
        message.transform();
        return message.build() === normal;
      }),
    ).to.deep.equal([]);
  });
});
