import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import { identifierPlaces } from '../../../nodes/lib/store';
import { DEFAULT_IDENTIFIERS } from '../../../nodes/lib/store/record/identifier-fields';
import { extractIdentifiers, MAX_IDENTIFIERS } from '../../../nodes/lib/store/record/identifiers';
import { makeRecord } from '../../../nodes/lib/store/record/record';
import { row } from './helper';

const MSH = 'MSH|^~\\&|A|B|C|D|20240101||ADT^A01|1|P|2.5';
const found = (...segments: string[]) => extractIdentifiers([MSH, ...segments].join('\r'));
const brief = (...segments: string[]) =>
  found(...segments).identifiers.map((one) =>
    `${one.kind} ${one.source} ${one.value} ${one.authority} ${one.typeCode}`.trim(),
  );

describe('store: identifiers of a message', () => {
  it('reads patient, account, visit and order identifiers with authority and type', () => {
    const pv1 = `PV1|1|I${'|'.repeat(17)}V1^^^HOSP&1.2.3&ISO^VN${'|'.repeat(31)}V2^^^&1.2.4&ISO`;
    expect(
      brief(
        `PID|1|E1^^^EXT|P1^7^M11^HOSP^MR~P2^^^&2.16.840&ISO^PI|ALT^^^OLD||DOE||||||||||||ACC1^^^BILL^AN`,
        pv1,
        'ORC|NW|PL1^PLACER|FI1^^1.9.8^ISO',
        'OBR|1|PL1^PLACER|ACC7',
      ),
    ).to.deep.equal([
      'patient PID-3 P1 HOSP MR',
      'patient PID-3 P2 2.16.840 PI',
      'patient PID-2 E1 EXT',
      'patient PID-4 ALT OLD',
      'account PID-18 ACC1 BILL AN',
      'visit PV1-19 V1 HOSP VN',
      'visit PV1-50 V2 1.2.4',
      'order ORC-2 PL1 PLACER',
      'order ORC-3 FI1 1.9.8',
      'order OBR-3 ACC7',
    ]);
  });

  it('takes each identifier once, where it stands first, from every such segment', () => {
    expect(brief('ORC|NW|1', 'OBR|1|1', 'ORC|NW|1', 'OBR|2|2', 'NTE|1||PID|x')).to.deep.equal([
      'order ORC-2 1',
      'order OBR-2 2',
    ]);
  });

  it('goes by the separators of the message, and undoes their escapes', () => {
    const own = 'MSH#*%!?#A\rPID#1##1!S!2!F!3!E!4!T!5!R!6!X0D!7***H!T!S%two\r';
    expect(extractIdentifiers(own).identifiers.map((one) => [one.value, one.authority])).to.deep.equal([
      ['1*2#3!4?5%6!X0D!7', 'H?S'],
      ['two', ''],
    ]);
    expect(brief('PID|1||a\\b')).to.deep.equal(['patient PID-3 a\\b']);
    expect(brief('PID|1||a\\E\\b\\S')).to.deep.equal(['patient PID-3 a\\b\\S']);
  });

  it('reads a value as a path does, and leaves an escape that gives a control character as sent', () => {
    const values = ['M\\XC3BC\\1', '10\\S\\3', 'a\\X0D\\b\\T\\c'];
    expect(found(`PID|1||${values.join('~')}`).identifiers.map((one) => one.value)).to.deep.equal([
      'Mü1',
      '10^3',
      'a\\X0D\\b&c',
    ]);
  });

  it('takes a segment by all of its name, whatever characters others have', () => {
    const packed = (name: string): number =>
      (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2);
    const tried: string[] = [];
    // Names of other characters whose codes, packed by eight bits, give the number of a real name.
    for (const name of ['PID', 'PV1', 'ORC', 'OBR', 'IPC', 'SPM']) {
      const [a, b, c] = [0, 1, 2].map((n) => name.charCodeAt(n)) as [number, number, number];
      for (let high = 1; high < 256; high++) {
        for (const forged of [
          String.fromCharCode(a & ~high, ((high & a) << 8) | b, c),
          String.fromCharCode(a, b & ~high, ((high & b) << 8) | c),
          String.fromCharCode((high << 8) | a, b, c),
        ]) {
          if (forged !== name) tried.push(forged);
        }
      }
    }
    expect(tried.filter((name) => packed(name) === packed('PID'))).to.not.deep.equal([]);
    tried.push('@\u1049D'.slice(0, 3), '\ud83d\ude00D', 'PI', 'pid');
    for (const name of tried.filter((one) => !/[\r\n]/.test(one))) {
      const fields = Array.from({ length: 60 }, (_, n) => n).join('|');
      expect(found(`${name}|${fields}`).identifiers, JSON.stringify(name)).to.deep.equal([]);
    }
    expect(found('@\u1049D|1||999^^^H^MR').identifiers).to.deep.equal([]);
  });

  it('reads a header that declares only some separators', () => {
    const { identifiers } = extractIdentifiers('MSH|^\rPID|1||1~2^^^A&B^MR');
    expect(identifiers).to.deep.equal([
      { kind: 'patient', source: 'PID-3', value: '1~2', authority: 'A&B', typeCode: 'MR' },
    ]);
  });

  it('takes segments that end in LF or CRLF', () => {
    expect(extractIdentifiers(`${MSH}\nPID|1||5\nPV1|1`).identifiers.map((one) => one.value)).to.deep.equal(['5']);
    expect(extractIdentifiers(`${MSH}\r\nPID|1||6\r\n`).identifiers.map((one) => one.value)).to.deep.equal(['6']);
  });

  it('sees no identifier in empty, deleted or blank fields, nor in a text without a header', () => {
    expect(found('PID|1|""|""^^^A~  ~|', 'PV1', 'ORC|', 'OBR')).to.deep.equal({ identifiers: [], leftOut: false });
    expect(extractIdentifiers('PID|1||5')).to.deep.equal({ identifiers: [], leftOut: false });
    expect(extractIdentifiers('')).to.deep.equal({ identifiers: [], leftOut: false });
  });

  it('trims values, as senders pad them', () => {
    expect(brief('PID|1||  00042  ^^^ HOSP ^ MR')).to.deep.equal(['patient PID-3 00042 HOSP MR']);
  });

  it('leaves out what cannot be an identifier, and says so', () => {
    const long = 'x'.repeat(251);
    for (const bad of [long, 'a\0b', 'a\tb']) {
      const { identifiers, leftOut } = found(`PID|1||${bad}~good`);
      expect(leftOut).to.equal(true);
      expect(identifiers.map((one) => one.value)).to.deep.equal(['good']);
    }
  });

  it('keeps an identifier without an authority or a type code that cannot be kept, and says so', () => {
    for (const bad of [`4711^^^${'x'.repeat(251)}^MR`, '4711^^^a\x1bb^MR']) {
      const { identifiers, leftOut } = found(`PID|1||${bad}`);
      expect(leftOut).to.equal(true);
      expect(identifiers).to.deep.include.members([
        { kind: 'patient', source: 'PID-3', value: '4711', authority: '', typeCode: 'MR' },
      ]);
    }
    const { identifiers, leftOut } = found('PID|1||4711^^^HOSP^Medical Record Number');
    expect(leftOut).to.equal(true);
    expect(identifiers[0]).to.include({ value: '4711', authority: 'HOSP', typeCode: '' });
  });

  it('keeps a bounded number of identifiers', () => {
    const repeated = found(`PID|1||${Array.from({ length: MAX_IDENTIFIERS + 500 }, (_, n) => n).join('~')}`);
    expect(repeated.identifiers).to.have.length(MAX_IDENTIFIERS);
    expect(repeated.leftOut).to.equal(true);
    const segments = found(...Array.from({ length: MAX_IDENTIFIERS + 1 }, (_, n) => `OBR|1|${n}`));
    expect(segments.identifiers).to.have.length(MAX_IDENTIFIERS);
    expect(segments.leftOut).to.equal(true);
    expect(found(...Array.from({ length: MAX_IDENTIFIERS }, (_, n) => `OBR|1|${n}`)).leftOut).to.equal(false);
  });

  it('reads social security numbers, services, groups, accession numbers, steps and specimens', () => {
    expect(
      brief(
        `PID|1||P1${'|'.repeat(16)}123-45-6789`,
        'ORC|NW|1^P|2^F|G1^PLACER',
        `OBR|1|1^P|2^F|24323-8^Panel^LN${'|'.repeat(14)}ACC1||STEP1`,
        'IPC|ACC2^RIS^1.2^ISO|RP1',
        'SPM|1|S1&LAB&1.2.3&ISO^F1&&1.2.4&ISO|',
        'SPM|2|^F2|',
      ),
    ).to.deep.equal([
      'patient PID-3 P1',
      'ssn PID-19 123-45-6789',
      'order ORC-2 1 P',
      'order ORC-3 2 F',
      'group ORC-4 G1 PLACER',
      'service OBR-4 24323-8 LN',
      'accession OBR-18 ACC1',
      'procedure OBR-20 STEP1',
      'accession IPC-1 ACC2 RIS',
      'specimen SPM-2 S1 LAB',
      'specimen SPM-2 F1 1.2.4',
      'specimen SPM-2 F2',
    ]);
  });

  it('reads the numbers that a merge does away with, apart from those that stay', () => {
    const a40 = [
      'PID|1||NEW1^^^HOSP^MR',
      'PV1|1||||||||||||||||||V1',
      'MRG|OLD1^^^HOSP^MR~OLD2|ALT|ACC9^^^BILL|EXT|VN9|VA9',
    ];
    expect(brief(...a40)).to.deep.equal([
      'patient PID-3 NEW1 HOSP MR',
      'visit PV1-19 V1',
      'prior_patient MRG-1 OLD1 HOSP MR',
      'prior_patient MRG-1 OLD2',
      'prior_patient MRG-2 ALT',
      'prior_patient MRG-4 EXT',
      'prior_account MRG-3 ACC9 BILL',
      'prior_visit MRG-5 VN9',
      'prior_visit MRG-6 VA9',
    ]);
  });

  it('reads appointments, documents and containers', () => {
    expect(
      brief(
        'SCH|P1^PLACER|F1^FILLER|1',
        'ARQ|P2^PLACER|F2',
        'TXA|1|CN|TX|||||||||D1^ARCHIVE|D0|P7~P8^ORDERS|F7||',
        'SAC|A1^LAB|A2|C1^^1.2.3^ISO|C0',
      ),
    ).to.deep.equal([
      'appointment SCH-1 P1 PLACER',
      'appointment SCH-2 F1 FILLER',
      'appointment ARQ-1 P2 PLACER',
      'appointment ARQ-2 F2',
      'document TXA-12 D1 ARCHIVE',
      'document TXA-13 D0',
      'order TXA-14 P7',
      'order TXA-14 P8 ORDERS',
      'order TXA-15 F7',
      'container SAC-3 C1 1.2.3',
      'container SAC-4 C0',
      'accession SAC-1 A1 LAB',
      'accession SAC-2 A2',
    ]);
  });

  it('reads the patient whom a query asks for', () => {
    expect(brief('QRD|2026|R|I|Q1|||1^RD|4711^TEST^ANNA^^^^^^HOSP&1.2&ISO^^^^MR~4712|DEM')).to.deep.equal([
      'patient QRD-8 4711 HOSP MR',
      'patient QRD-8 4712',
    ]);
    const query = (event: string, ...rest: string[]): string[] => {
      const text = [MSH.replace('ADT^A01', `QBP^${event}`), ...rest].join('\r');
      return extractIdentifiers(text).identifiers.map((one) =>
        `${one.source} ${one.value} ${one.authority} ${one.typeCode}`.trim(),
      );
    };
    expect(query('Q23', 'QPD|IHE PIX Query|T1|4711^^^HOSP&1.2&ISO^PI|^^^OTHER')).to.deep.equal(['QPD-3 4711 HOSP PI']);
    expect(query('Q21', 'QPD|Q21^Get|T1|4711^^^HOSP~4712')).to.deep.equal(['QPD-3 4711 HOSP', 'QPD-3 4712']);
    expect(query('Q11', 'QPD|Z34^Request Immunization History^CDCPHINVS|T1|234814^^^MYEHR^MR|X')).to.deep.equal([
      'QPD-3 234814 MYEHR MR',
    ]);
    expect(query('K22', 'QPD|IHE PDQ Query|T1|@PID.5.1^TEST~@PID.3.1^4711~@PID.3.4.1^HOSP~@PID.3.5^MR')).to.deep.equal([
      'QPD-3 4711 HOSP MR',
    ]);
    expect(query('Q22', 'QPD|Q22|T1|@PID.3.4.2^1.2~@PID.3.1^1~@PID.3.1^2~@pid.3.4^H~@PID.18.1^9')).to.deep.equal([
      'QPD-3 1 1.2',
      'QPD-3 2 H',
    ]);
    // A parameter that is something else.
    expect(query('Q11', 'QPD|Z99^Results|T1|GLU^Glucose^^LAB')).to.deep.equal([]);
    expect(query('Q22', 'QPD|Q22|T1|@PID.5.1^TEST', 'QPD|', 'QPD|Q22|T1|""')).to.deep.equal([]);
  });

  it('gives a row the patient of PID, before the one that a query asks for, and never a number done away with', () => {
    const patientOf = (...segments: string[]) => {
      const text = [MSH.replace('ADT^A01', 'RSP^K21'), ...segments].join('\r');
      return makeRecord(row('x', { text })).columns.patient_id;
    };
    expect(patientOf('QPD|Q21|T1|1^^^A', 'PID|1||2^^^A')).to.equal('2');
    expect(patientOf('QPD|Q21|T1|1^^^A', 'PID|1')).to.equal('1');
    expect(patientOf('MRG|1')).to.equal(null);
  });

  it('gives a row the IDs of the batch that it came in, behind its own identifiers', () => {
    const envelope = ['FHS|^~\\&|A||||||||F1', 'BHS#!~%&#A########B1'];
    const { identifiers } = makeRecord(row('x', { text: `${MSH}\rPID|1||5`, envelope }));
    expect(identifiers.map(({ kind, source, value }) => [kind, source, value])).to.deep.equal([
      ['patient', 'PID-3', '5'],
      ['file', 'FHS-11', 'F1'],
      ['batch', 'BHS-11', 'B1'],
    ]);
  });

  it('reads BHS and FHS of a batch', () => {
    const of = (header: string) => extractIdentifiers(header).identifiers.map(({ kind, value }) => [kind, value]);
    expect(of('BHS|^~\\&|A|B|C|D|2026||NIGHT\\T\\1|note|B77|B76')).to.deep.equal([
      ['batch', 'B77'],
      ['batch', 'NIGHT&1'],
    ]);
    expect(of('FHS#!~%&#A#B#C#D#2026##x.hl7##F1')).to.deep.equal([
      ['file', 'F1'],
      ['file', 'x.hl7'],
    ]);
    expect(of('BHS|^~\\&')).to.deep.equal([]);
  });

  it("goes by a list of one's own", () => {
    const places = identifierPlaces(['# ours', '', '  document TXA-12   EI ', 'doctor ZDR-1 CE']);
    const text = [MSH, 'PID|1||5', `TXA${'|'.repeat(12)}D1^ARCHIVE`, 'ZDR|77^Name^LOCAL'].join('\r');
    expect(extractIdentifiers(text, places).identifiers).to.deep.equal([
      { kind: 'document', source: 'TXA-12', value: 'D1', authority: 'ARCHIVE', typeCode: '' },
      { kind: 'doctor', source: 'ZDR-1', value: '77', authority: 'LOCAL', typeCode: '' },
    ]);
    expect(extractIdentifiers(text, identifierPlaces([])).identifiers).to.deep.equal([]);
  });

  it('refuses a line that is none, by its number', () => {
    const wrong: [string, RegExp][] = [
      ['patient PID-3', /Line 2 .* not like "patient PID-3 CX"/],
      ['Patient PID-3 CX', /Line 2 .* small letters/],
      ['patient PID.3 CX', /Line 2/],
      ['patient PID-0 CX', /Line 2/],
      ['patient PID-3 XPN', /Line 2 .* data type other than CX, EI, EIP, CWE, ST, XCN, QIP/],
      ['header MSH-10 ST', /Line 2 .* field of MSH/],
      [`${'k'.repeat(21)} PID-3 CX`, /Line 2 .* more than 20 characters/],
      ['other PV1-19 CX', /PV1-19 is in the list of identifiers twice/],
    ];
    for (const [line, words] of wrong) {
      expect(() => identifierPlaces(['visit PV1-19 CX', line]), line)
        .to.throw(Hl7Error, words)
        .with.property('code', 'IDENTIFIERS_INVALID');
    }
  });

  it('has its list in the documentation', async () => {
    const page = await readFile(path.join(__dirname, '../../../docs/tables.md'), 'utf8');
    expect(page).to.contain(`\`\`\`\n${DEFAULT_IDENTIFIERS.join('\n')}\n\`\`\``);
    const kinds = new Set(DEFAULT_IDENTIFIERS.map((line) => line.split(' ')[0]));
    for (const kind of kinds) expect(page).to.contain(`| \`${kind}\` | `);
  });
});
