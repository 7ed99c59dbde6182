import { expect } from 'chai';
import { Hl7Message, headerFacts, peekHeader, toLive, toObject, toText } from '../../../nodes/lib/hl7';
import { decodeEscapes } from '../../../nodes/lib/hl7/syntax/escape';
import { customTable, Extraction } from '../../../nodes/lib/store';
import { extractIdentifiers } from '../../../nodes/lib/store/record/identifiers';

const HEADER = 'MSH|^~\\&|LAB\\T\\X^1.2&3|F\\X00E9\\|||2026||ORU^R01|1|P|2.5.1';

/** Values as sent, and as they are read where they are one value. */
const SINGLE: [wire: string, text: string][] = [
  ['10\\S\\3/uL', '10^3/uL'],
  ['Smith \\T\\ Sons', 'Smith & Sons'],
  ['caf\\X00E9\\', 'café'],
  ['caf\\XC3A9\\', 'café'],
  ['a\\X000D\\b', 'a\rb'],
  ['\\C2D41\\M\\XFC\\ller', 'Müller'],
  ['\\M2442\\;3ED\\C2842\\', '山田'],
  ['C:\\temp', 'C:\\temp'],
  ['plain', 'plain'],
];

/** A cell of a custom table, and what an expression reads. */
function cellsOf(text: string, path: string): unknown[] {
  const column = { column: 'x', kind: 'path', source: path, type: 'long text', missing: 'null', misfit: 'null' };
  const extraction = new Extraction(customTable({ table: 't', rows: 'OBX', columns: [column] }), text);
  return [extraction.rows(() => undefined).rows[0]?.[0], extraction.contexts[0]?.get(path)];
}

describe('a value with escapes', () => {
  for (const [wire, text] of SINGLE) {
    describe(wire, () => {
      it('is decoded by every path that names one value', () => {
        // As a field, a repetition, a component, a sub-component; with and without neighbours.
        const places: [field: string, path: string][] = [
          [wire, 'OBX-5'],
          [wire, 'OBX-5.1'],
          [wire, 'OBX-5.1.1'],
          [wire, 'OBX-5[*]'],
          [`x~${wire}`, 'OBX-5[2]'],
          [`x^${wire}`, 'OBX-5.2'],
          [`x^${wire}^y`, 'OBX-5.2'],
          [`x^y&${wire}`, 'OBX-5.2.2'],
          [`${wire}&y`, 'OBX-5.1.1'],
        ];
        for (const [field, path] of places) {
          const message = `${HEADER}\rOBX|1|ST|A||${field}\r`;
          const parsed = Hl7Message.parse(message);
          expect(parsed.get(path), path).to.equal(text);
          expect(parsed.getAll(path).at(-1), path).to.equal(text);
          if (!path.includes('*')) expect(parsed.getRaw(path), path).to.equal(wire);
          expect(cellsOf(message, path), path).to.deep.equal([text, text]);
        }
      });

      it('is as sent where the path names several values, which can be parsed again', () => {
        const places: [field: string, path: string][] = [
          [`${wire}^text`, 'OBX-5'],
          [`text^^${wire}`, 'OBX-5'],
          [`${wire}&y`, 'OBX-5'],
          [`x^${wire}&y`, 'OBX-5.2'],
          [`${wire}~y`, 'OBX-5[*]'],
        ];
        for (const [field, path] of places) {
          const message = `${HEADER}\rOBX|1|ST|A||${field}\r`;
          const parsed = Hl7Message.parse(message);
          const sent = parsed.getRaw(path);
          expect(sent, path).to.contain(wire);
          expect([parsed.get(path), ...cellsOf(message, path)], path).to.deep.equal([sent, sent, sent]);
          parsed.setRaw(path, sent!);
          expect(parsed.toString(), path).to.equal(message);
        }
      });

      it('stays as sent in objects, and goes out byte for byte', () => {
        const message = `${HEADER}\rPID|1||${wire}\rOBX|1|ST|A||${wire}~x^${wire}&y\r`;
        const object = toObject(message);
        expect(object.PID![0]!.data['PID.3']).to.equal(wire);
        expect((object.OBX![0]!.data['OBX.5'] as object[])[1]).to.deep.equal({
          'OBX.5.1': 'x',
          'OBX.5.2': [wire, 'y'],
        });
        expect(toText(object)).to.equal(message);
        const live = toLive(message);
        expect(live.get('PID.3')).to.equal(wire);
        expect(live.build()).to.equal(message);
        // Written again as it was read, it is still that value.
        live.set('PID.3', wire);
        expect(live.build()).to.equal(message);
      });

      it('comes back from what is written by path', () => {
        const message = Hl7Message.parse(`${HEADER}\rOBX|1|ST|A||\r`).set('OBX-5', text);
        expect(Hl7Message.parse(message.toString()).get('OBX-5')).to.equal(text);
      });

      it('is the same in the list of identifiers, but for control characters', () => {
        const [found] = extractIdentifiers(`${HEADER}\rPID|1||${wire}^^^H&1\\T\\2&ISO^MR\r`).identifiers;
        expect(found?.value).to.equal(text.includes('\r') ? wire : text);
      });
    });
  }

  it('is the same in the facts of the header', () => {
    const facts = headerFacts(peekHeader(HEADER));
    expect([facts.sendingApplication, facts.sendingFacility]).to.deep.equal(['LAB&X', 'Fé']);
    const message = Hl7Message.parse(`${HEADER}\r`);
    expect([message.get('MSH-3.1'), message.get('MSH-4')]).to.deep.equal(['LAB&X', 'Fé']);
  });

  it('is read by the set of MSH-18 where it switches to another one', () => {
    const read = (label: string, value: string) =>
      Hl7Message.parse(`${HEADER}||||||${label}\rOBX|1|ST|A||${value}\r`).get('OBX-5');
    const identifier = (label: string, value: string) =>
      extractIdentifiers(`${HEADER}||||||${label}\rPID|1||${value}\r`).identifiers[0]?.value;
    expect(identifier('8859/1', '\\C2D42\\£ód¼')).to.equal('Łódź');
    expect(identifier('UNICODE UTF-8', '\\C2D42\\£\\XA3\\')).to.equal('£Ł');
    expect(read('8859/1~8859/2', '\\C2D42\\£ód¼')).to.equal('Łódź');
    expect(read('', '\\C2D42\\£ód¼')).to.equal('Łódź');
    expect(read('UNICODE UTF-8', '\\C2D42\\£\\XA3\\')).to.equal('£Ł');
  });

  it('is formatted text in a custom table, in either case of its commands', () => {
    const message = `${HEADER}\rOBX|1|FT|A||one\\.BR\\two\\.br\\\\H\\three\\N\\\r`;
    expect(cellsOf(message, 'OBX-5')).to.deep.equal(['one\ntwo\nthree', 'one\ntwo\nthree']);
    expect(decodeEscapes('one\\.BR\\two', Hl7Message.parse(message).delimiters)).to.equal('one\\.BR\\two');
  });
});
