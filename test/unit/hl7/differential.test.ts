/** Ours against the bare library: the same object, but for differences that each have a name and a reason. */

import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { normaliseSegmentEnds, readDelimiters, toObject } from '../../../nodes/lib/hl7';
import type { SegmentObject, Transformed } from '../../../nodes/lib/hl7/object/types';
import { needsCorpus } from '../../support/require';
import { corpusMessages } from './support/corpus';
import { bare } from './support/library';

type Plain = Record<string, { type: string; index: number; data: Record<string, unknown> }[]>;

const REASONS = {
  'line ends': 'the library takes the most frequent line end for the only one; LF inside data or a mixture breaks it',
  'no line end': 'the library refuses a message whose only segment is not ended',
  delimiters: 'the library splits by | ^ ~ & whatever MSH-1 and MSH-2 say',
  names:
    'the library refuses the whole message for one line that is no segment, or cuts a longer name to three letters',
  'MSH.1': 'the library does not tell the field separator',
  'MSH.2': 'the library replaces the encoding characters',
  'lines without a bar': 'the library drops bare segments and lines that are none, and counts on without them',
  'sub-components': 'the library makes repetitions of the sub-components of a field without components',
} as const;
type Reason = keyof typeof REASONS;

/** The differences between what the two make of one text; 'unexplained' when no reason accounts for all of it. */
function differences(text: string): Set<Reason | 'unexplained'> {
  const found = new Set<Reason | 'unexplained'>();
  const normal = normaliseSegmentEnds(text);
  const ours = toObject(text) as Transformed;
  let theirs = libraryObject(text);
  if (!isDeepStrictEqual(theirs, libraryObject(normal))) {
    found.add(/[\r\n]/.test(text) ? 'line ends' : 'no line end');
    theirs = libraryObject(normal);
  }
  if (theirs === undefined && !normal.includes('\r')) {
    found.add('no line end');
    theirs = libraryObject(`${normal}\r`);
  }
  const { field, component, repetition, subComponent } = readDelimiters(text)!;
  if (field + component + repetition + subComponent !== '|^~&') {
    found.add('delimiters');
    return found;
  }
  const lines = normal.split('\r').filter((line) => line.includes('|'));
  if (lines.some((line) => !/^[A-Z][A-Z0-9]{2}\|/.test(line))) {
    found.add('names');
    return found;
  }
  const expected = explain(ours, found);
  if (normal.includes('\n') && !isDeepStrictEqual(theirs, expected)) {
    // Data with line feeds: compare with them taken out on both sides.
    found.add('line ends');
    for (const reason of differences(normal.replaceAll('\n', ' '))) found.add(reason);
    return found;
  }
  if (!isDeepStrictEqual(theirs, expected)) found.add('unexplained');
  return found;
}

/** The library's object as plain data; undefined when it refuses the text. */
function libraryObject(text: string): Plain | undefined {
  try {
    const plain: Plain = {};
    const root = bare(text).transformed as Record<string, SegmentObject[]>;
    for (const [name, segments] of Object.entries(root)) {
      plain[name] = segments.map(({ type, index, data }) => ({ type, index, data }));
    }
    return plain;
  } catch {
    return undefined;
  }
}

/** Our object as the library would have made it, for each reason that applies. */
function explain(ours: Transformed, found: Set<Reason | 'unexplained'>): Plain {
  const all = Object.values(ours).flat();
  const barred = all
    .filter(({ type, data }) => type !== '?' && Object.keys(data).length > 0)
    .sort((a, b) => a.index - b.index);
  if (barred.length !== all.length) found.add('lines without a bar');
  const plain: Plain = {};
  barred.forEach(({ type, data }, index) => {
    const own = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, flattened(value, key, found)]));
    if (type === 'MSH') {
      found.add('MSH.1');
      delete own['MSH.1'];
      if (own['MSH.2'] !== '^~\\&') found.add('MSH.2');
      own['MSH.2'] = '^~\\&';
    }
    plain[type] ??= [];
    plain[type].push({ type, index, data: own });
  });
  return plain;
}

function flattened(value: unknown, key: string, found: Set<Reason | 'unexplained'>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const only = Object.keys(value).length === 1 ? (value as Record<string, unknown>)[`${key}.1`] : undefined;
  if (!Array.isArray(only)) return value;
  found.add('sub-components');
  return only;
}

const H = 'MSH|^~\\&|A\r';

describe('differences to the bare library', () => {
  const fixtures: [name: string, text: string, reasons: Reason[]][] = [
    ['a plain message', `${H}PID|1||a^b~c^d&e|\rOBX|1\rOBX|2\r`, ['MSH.1']],
    ['repetitions and empty components', `${H}PID|~|^|a~^|a&b^c|~~^&\r`, ['MSH.1']],
    ['CRLF', `${H}PID|1\r`.replaceAll('\r', '\r\n'), ['MSH.1']],
    ['LF', `${H}PID|1\r`.replaceAll('\r', '\n'), ['MSH.1']],
    ['a mixture of line ends', `MSH|^~\\&|A\r\nPID|1\rPV1|1\nPV2|1\n`, ['line ends', 'MSH.1']],
    ['line feeds in data', `${H}NTE|1||a\nb\nc\nd\r`, ['line ends', 'MSH.1']],
    ['no line end', 'MSH|^~\\&|A', ['no line end', 'MSH.1']],
    ['own delimiters', 'MSH#@~\\&#A\rPID#1\r', ['delimiters']],
    ['a longer name', `${H}PIDX|1\r`, ['names']],
    ['a lower-case name', `${H}pid|1\r`, ['names']],
    ['a truncation character', 'MSH|^~\\&#|A\r', ['MSH.1', 'MSH.2']],
    ['bare segments, blank and free lines', `${H}ORC\r\rfree\rPID|1\r`, ['MSH.1', 'lines without a bar']],
    ['sub-components alone', `${H}NTE|1||R&D\r`, ['MSH.1', 'sub-components']],
  ];
  for (const [name, text, reasons] of fixtures) {
    it(`${name}: ${reasons.join(', ')}`, () => {
      expect([...differences(text)].sort()).to.deep.equal([...reasons].sort());
    });
  }

  it('have no reason that nothing shows', () => {
    const shown = new Set(fixtures.flatMap(([, , reasons]) => reasons));
    expect([...shown].sort()).to.deep.equal(Object.keys(REASONS).sort());
  });

  it('an object of ours that were wrong would be unexplained', () => {
    const found = new Set<Reason | 'unexplained'>();
    const ours = toObject(`${H}PID|1||a^b\r`);
    ours.PID![0]!.data['PID.3'] = 'a^b';
    expect(isDeepStrictEqual(libraryObject(`${H}PID|1||a^b\r`), explain(ours, found))).to.equal(false);
  });

  it('are all explained over the shared corpus', function () {
    needsCorpus(this);
    const unexplained = corpusMessages()
      .filter(({ text }) => differences(text).has('unexplained'))
      .map(({ file }) => file);
    expect(unexplained).to.deep.equal([]);
  });
});
