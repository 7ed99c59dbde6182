import { expect } from 'chai';
import { textOf as settingOf } from '../../nodes/common/settings';
import { storeSettings } from '../../nodes/db-store/settings';
import {
  charsetLabel,
  Hl7Message,
  headerFacts,
  isAckCondition,
  peekHeader,
  toLive,
  toObject,
  toText,
  unescapeText,
} from '../../nodes/lib/hl7';
import { errSegments, textOf } from '../../nodes/lib/hl7/ack/errors';
import { decodeBytes } from '../../nodes/lib/hl7/charset/decode';
import { canonicalCharset, decodeMessage, decodeText } from '../../nodes/lib/hl7/charset/decode-message';
import { singleByteTable } from '../../nodes/lib/hl7/charset/tables';
import { STANDARD_DELIMITERS } from '../../nodes/lib/hl7/syntax/delimiters';
import { decodeEscapes, encodeWire } from '../../nodes/lib/hl7/syntax/escape';
import { bindError } from '../../nodes/lib/mllp/server/port-binding';
import { databaseKind, identifierPlaces, schemaScript } from '../../nodes/lib/store';
import { openReason as oracleReason } from '../../nodes/lib/store/dialects/oracle/error-classes';
import { openReason as postgresReason } from '../../nodes/lib/store/dialects/postgres/error-classes';
import { extractIdentifiers } from '../../nodes/lib/store/record/identifiers';
import { lookup } from '../../nodes/lib/util';
import { refused } from './hl7/support/refused';

/** What every plain object has. */
const NAMES = [...Object.getOwnPropertyNames(Object.prototype)];

describe('names that every object has', () => {
  it('include those that are tried here', () => {
    expect(NAMES).to.include.members(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']);
  });

  for (const name of NAMES) {
    describe(name, () => {
      it('is no entry of a table', () => {
        expect(lookup<Record<string, string>>({ a: 'b' })[name]).to.equal(undefined);
        expect(name in lookup({ a: 'b' })).to.equal(false);
      });

      it('is no escape sequence', () => {
        const wire = `A\\${name}\\B`;
        for (const formatting of ['keep', 'text'] as const) {
          expect(decodeEscapes(wire, STANDARD_DELIMITERS, { formatting })).to.equal(wire);
        }
        expect(unescapeText(wire, STANDARD_DELIMITERS)).to.equal(wire);
        expect(decodeEscapes(`\\C${name}\\\\M${name}\\\\X${name}\\\\.${name}\\`, STANDARD_DELIMITERS)).to.contain(name);
        expect(encodeWire(wire, STANDARD_DELIMITERS)).to.equal(wire);
      });

      it('is text in an identifier', () => {
        const text = `MSH|^~\\&|A|B|C|D|2024||ADT^A01|1|P|2.5\rPID|||A\\${name}\\B^^^H^MR\r`;
        expect(extractIdentifiers(text).identifiers.map(({ value }) => value)).to.deep.equal([`A\\${name}\\B`]);
        const [first] = extractIdentifiers(text.replace(`A\\${name}\\B`, name)).identifiers;
        expect(first?.value).to.equal(name);
        refused('IDENTIFIERS_INVALID', () => identifierPlaces([`${name} PID-3 ${name}`]));
        refused('IDENTIFIERS_INVALID', () => identifierPlaces([`${name.toLowerCase()} ${name}-3 CX`]));
      });

      it('is an unknown charset', () => {
        const text = `MSH|^~\\&|${name}|B|C|D|2024||ADT^A01|1|P|2.5||||||${name}\rPID|1\r`;
        const decoded = decodeMessage(Buffer.from(text), { default: name, force: true });
        expect(decoded).to.include({ text, charset: 'us-ascii', unknown: true, declared: name });
        expect(decodeText(Buffer.from(text), name).text).to.equal(text);
        expect([canonicalCharset(name), charsetLabel(name)]).to.deep.equal([undefined, '']);
        expect([singleByteTable(name), decodeBytes(Buffer.of(0xe9), name)]).to.deep.equal([undefined, undefined]);
      });

      it('is text in every field of MSH, and an unknown condition', () => {
        const text = `MSH|^~\\&|${Array(18).fill(name).join('|')}\r`;
        const facts = headerFacts(peekHeader(text));
        for (const value of Object.values(facts)) expect(['', name]).to.include(value);
        expect(isAckCondition(name)).to.equal(false);
      });

      it('is no segment, field or path', () => {
        const text = `MSH|^~\\&|A\rPID|1||${name}\r${name}|x\r`;
        const object = toObject(text);
        expect(Object.keys(object)).to.deep.equal(['MSH', 'PID', '?']);
        expect(toText(object)).to.equal(text);
        const message = Hl7Message.parse(text);
        expect(message.get('PID-3')).to.equal(name);
        refused('PATH_INVALID', () => message.get(name));
        refused('PATH_INVALID', () => message.addSegment(name));
        const live = toLive(text);
        refused('LIVE_FIELD', () => live.get(name));
        refused('LIVE_SEGMENT_NAME', () => live.getSegment(name));
      });

      it('is an error code of somebody else', () => {
        expect(errSegments([{ code: name }], [2, 5, 0], STANDARD_DELIMITERS)[0]).to.contain('207^');
        expect(textOf([{ code: name }])).to.equal('');
        expect(bindError(Object.assign(new Error(), { code: name }), '127.0.0.1', 1).code).to.equal('LISTEN_FAILED');
        expect(postgresReason(Object.assign(new Error('x'), { code: name }))).to.equal(undefined);
        expect(oracleReason(Object.assign(new Error('x'), { code: name }))).to.equal(undefined);
      });

      it('is an unknown kind of database', () => {
        const error = refused('STORE_DIALECT_UNKNOWN', () => schemaScript(name as 'sqlite'));
        expect(error.message).to.contain(`"${name}"`);
        expect(databaseKind(name)).to.equal(undefined);
      });

      it('is no environment variable, and no setting', () => {
        expect(settingOf(`\${${name}}`, 'default')).to.equal('default');
        const config = JSON.parse(
          `{"write": "own", "table": "t", "columns": [], "${name}": "\${HL7_NO_SUCH_VARIABLE}"}`,
        );
        expect(Object.keys(storeSettings(config).table ?? {})).to.deep.equal(['write', 'table', 'columns']);
      });
    });
  }
});
