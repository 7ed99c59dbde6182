import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Delimiters,
  Hl7Message,
  isBatch,
  normaliseSegmentEnds,
  readDelimiters,
  splitBatch,
  toLive,
  toObject,
  toText,
} from '../../../nodes/lib/hl7';
import { decodeEscapes, encodeEscapes, encodeWire, hasSeparator } from '../../../nodes/lib/hl7/syntax/escape';

const SPECIALS = [...'|^~\\&#!$%*+,-./:;<=>?@[]_`{}§€'];

/** Four to six different separators, and the header that declares them. */
const delimiters = fc
  .shuffledSubarray(SPECIALS, { minLength: 5, maxLength: 6 })
  .map((own) => readDelimiters(`MSH${own.join('')}${own[0]}`)!);

const anyDelimiters = fc.oneof(fc.constant(readDelimiters('MSH|^~\\&|')!), delimiters);

/** Text that is full of what matters. */
function textOf(own: Delimiters): fc.Arbitrary<string> {
  const special = [
    own.field,
    own.component,
    own.repetition,
    own.escape,
    own.subComponent,
    '\r',
    '\n',
    'X0D',
    '.br',
    '"',
    'é',
    '🙂',
  ];
  const pieces = fc.oneof(
    fc.constantFrom(...special),
    fc.string({ maxLength: 4 }),
    fc.constantFrom('F', 'T', 'E', 'MSH', 'PID'),
  );
  return fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));
}

/** A line of a message: a segment, a bare one, or anything. */
function lineOf(own: Delimiters): fc.Arbitrary<string> {
  const name = fc.constantFrom('PID', 'PV1', 'OBX', 'Z01', 'A00', 'ZZZ', 'NTE');
  const noise = fc.array(
    fc.oneof(
      fc.constantFrom(own.field, own.component, own.repetition, own.subComponent, own.escape),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 12 },
  );
  const body = noise.map((parts) => parts.join('').replaceAll('\r', '').replaceAll('\n', ''));
  return fc.oneof(
    fc.tuple(name, body).map(([n, b]) => `${n}${own.field}${b}`),
    name,
    body,
    fc.tuple(name, body).map(([n, b]) => `${n}${own.field}${'y'.repeat(80)}${own.component}${b}`),
  );
}

const message = anyDelimiters.chain((own) =>
  fc
    .tuple(fc.array(lineOf(own), { maxLength: 8 }), fc.constantFrom('', '\r', '\r\r'))
    .map(([lines, end]) => [`MSH${own.field}${own.encodingCharacters}${own.field}APP`, ...lines].join('\r') + end)
    .filter((text) => !isBatch(text)),
);

describe('properties', () => {
  it('any message with any delimiters comes back from its object', () => {
    fc.assert(
      fc.property(message, (text) => {
        expect(toText(toObject(text))).to.equal(text);
        expect(toLive(text).build()).to.equal(text);
        expect(Hl7Message.parse(text).toString()).to.equal(text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('decoding undoes encoding, and nothing encoded can change the structure', () => {
    fc.assert(
      fc.property(
        anyDelimiters.chain((own) => fc.tuple(fc.constant(own), textOf(own))),
        ([own, text]) => {
          const wire = encodeEscapes(text, own);
          expect(hasSeparator(wire, own)).to.equal(false);
          expect(decodeEscapes(wire, own)).to.equal(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('what a flow wrote is made safe once, and stays', () => {
    fc.assert(
      fc.property(
        anyDelimiters.chain((own) => fc.tuple(fc.constant(own), textOf(own))),
        ([own, text]) => {
          const wire = encodeWire(text, own);
          expect(hasSeparator(wire, own)).to.equal(false);
          expect(encodeWire(wire, own)).to.equal(wire);
          if (!text.includes(own.escape)) expect(decodeEscapes(wire, own)).to.equal(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('a value that is set by path is read back, and nothing else moves', () => {
    const path = fc.constantFrom(
      'PID-3',
      'PID-3.1',
      'PID-3.2',
      'PID-3[2].1',
      'PID-3[3].2.2',
      'PID-9',
      'PID-3[*]',
      'ORC-2.1',
    );
    fc.assert(
      fc.property(
        anyDelimiters.chain((own) => fc.tuple(fc.constant(own), textOf(own))),
        path,
        ([own, value], at) => {
          if (value === '""') return;
          const { field, component, repetition, subComponent } = own;
          const lines = [
            `MSH${field}${own.encodingCharacters}${field}APP`,
            `PID${field}1${field}${field}a${component}b${subComponent}c${repetition}d${field}end`,
            'ORC',
            `ZZZ${field}last`,
          ];
          const own1 = Hl7Message.parse(`${lines.join('\r')}\r`);
          own1.set(at, value);
          const again = Hl7Message.parse(own1.toString());
          expect(again.get(at)).to.equal(value);
          expect(again.segments().map(({ name }) => name)).to.deep.equal(['MSH', 'PID', 'ORC', 'ZZZ']);
          expect(again.get('PID-4')).to.equal('end');
          expect(again.get('ZZZ-1')).to.equal('last');
          expect(own1.segments('MSH')[0]!.text).to.equal(lines[0]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('a value written into an object never becomes structure', () => {
    fc.assert(
      fc.property(
        anyDelimiters.chain((own) => fc.tuple(fc.constant(own), textOf(own), textOf(own))),
        ([own, one, two]) => {
          const root = toObject(`MSH${own.field}${own.encodingCharacters}${own.field}APP\rPID${own.field}1\r`);
          root.PID![0]!.data['PID.2'] = { 'PID.2.1': [one, two], 'PID.2.2': two };
          root.PID![0]!.data['PID.3'] = [{ 'PID.3.1': one }, { 'PID.3.1': two }];
          const again = Hl7Message.parse(toText(root));
          expect(again.segments()).to.have.length(2);
          expect(again.getRepetitions('PID-3')).to.have.length(2);
          const plain = (text: string): boolean => !text.includes(own.escape) && text !== '""';
          if (plain(two)) expect(again.get('PID-2.2')).to.equal(two);
          if (plain(one)) expect(again.get('PID-3[1].1')).to.equal(one);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('segment ends are normal after once, and only line ends change', () => {
    const pieces = fc.array(fc.constantFrom('\r', '\n', '\r\n', 'PID|1', 'PV1|', 'text', 'x'), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = `MSH|^~\\&|A\r${parts.join('')}`;
        const once = normaliseSegmentEnds(text);
        expect(normaliseSegmentEnds(once)).to.equal(once);
        expect(once.replaceAll(/[\r\n]/g, '')).to.equal(text.replaceAll(/[\r\n]/g, ''));
        expect(toText(toObject(text))).to.equal(once);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a batch of messages gives them back', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('|', '#', '§'),
        (messages, separator) => {
          const ended = messages.map((text) => text.replace(/\r*$/, '\r'));
          const text = `BHS${separator}^~\\&\r${ended.join('')}BTS${separator}${ended.length}\r`;
          const batch = splitBatch(text);
          expect(batch.messages.map((one) => one.text)).to.deep.equal(ended);
          expect(batch.warnings).to.deep.equal([]);
          expect(isBatch(text)).to.equal(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
