import { expect } from 'chai';
import fc from 'fast-check';
import { Hl7Message } from '../../../../nodes/lib/hl7';
import { Groups } from '../../../../nodes/lib/store/custom-table/groups';

/**
 * Seen from each segment of a name, what other names mean. Each segment has its own mark in its second field.
 * @param lines segments with a mark: `OBX a`
 */
function seen(type: string, lines: string[], from: string, ...names: string[]): Record<string, string[]> {
  const text = [`MSH|^~\\&|S|H|L|A|20240229101112||${type}|C1|P|2.5`, ...lines.map((one) => one.replace(' ', '||'))];
  const message = Hl7Message.parse(`${text.join('\r')}\r`);
  const groups = new Groups(message.segments());
  const marks = (name: string, row: { name: string; occurrence: number }) =>
    groups.occurrences(name, row).map((n) => message.get(`${name}[${n}]-2`));
  return Object.fromEntries(
    message
      .segments(from)
      .map((row) => [
        message.get(`${from}[${row.occurrence}]-2`),
        names.map((name) => marks(name, row).join('+') || '-'),
      ]),
  );
}

describe('store: the segments that a row means', () => {
  describe('in results (ORU)', () => {
    const lines = [
      'PID p1',
      'PD1 pd1',
      'NTE n-p1',
      'PV1 v1',
      'ORC c1',
      'OBR r1',
      'NTE n-r1',
      'TQ1 t1',
      'OBX a',
      'NTE n-a1',
      'NTE n-a2',
      'OBX b',
      'SPM s1',
      'NTE n-s1',
      'OBX of-s1',
      'OBR r2',
      'OBX c',
      'PID p2',
      'ORC c3',
      'OBR r3',
      'OBX d',
      'SPM s3',
      'SPM s4',
    ];
    const of = (from: string, ...names: string[]) => seen('ORU^R01', lines, from, ...names);

    it('a result has its own order, patient, visit, timing, specimen and notes', () => {
      expect(of('OBX', 'OBR', 'ORC', 'PID', 'PV1', 'PD1', 'TQ1', 'SPM', 'NTE')).to.deep.equal({
        a: ['r1', 'c1', 'p1', 'v1', 'pd1', 't1', 's1', 'n-a1+n-a2'],
        b: ['r1', 'c1', 'p1', 'v1', 'pd1', 't1', 's1', '-'],
        'of-s1': ['r1', 'c1', 'p1', 'v1', 'pd1', 't1', 's1', '-'],
        c: ['r2', '-', 'p1', 'v1', 'pd1', '-', '-', '-'],
        d: ['r3', 'c3', 'p2', '-', '-', '-', 's3+s4', '-'],
      });
    });

    it('a note has what it stands under, and no result of its order', () => {
      expect(of('NTE', 'OBX', 'OBR', 'ORC', 'SPM', 'PID', 'PV1')).to.deep.equal({
        'n-p1': ['-', '-', '-', '-', 'p1', 'v1'],
        'n-r1': ['-', 'r1', 'c1', 's1', 'p1', 'v1'],
        'n-a1': ['a', 'r1', 'c1', 's1', 'p1', 'v1'],
        'n-a2': ['a', 'r1', 'c1', 's1', 'p1', 'v1'],
        'n-s1': ['-', 'r1', 'c1', 's1', 'p1', 'v1'],
      });
    });

    it('a specimen, an order and a patient have no result', () => {
      expect(of('SPM', 'OBX', 'OBR', 'PID', 'NTE')).to.deep.equal({
        s1: ['-', 'r1', 'p1', 'n-s1'],
        s3: ['-', 'r3', 'p2', '-'],
        s4: ['-', 'r3', 'p2', '-'],
      });
      expect(of('OBR', 'OBX', 'ORC', 'SPM', 'TQ1', 'NTE', 'PID')).to.deep.equal({
        r1: ['-', 'c1', 's1', 't1', 'n-r1', 'p1'],
        r2: ['-', '-', '-', '-', '-', 'p1'],
        r3: ['-', 'c3', 's3+s4', '-', '-', 'p2'],
      });
      expect(of('PID', 'OBX', 'OBR', 'ORC', 'SPM', 'PV1', 'NTE')).to.deep.equal({
        p1: ['-', '-', '-', '-', 'v1', 'n-p1'],
        p2: ['-', '-', '-', '-', '-', '-'],
      });
    });
  });

  it('a result behind its specimen has that specimen, and no other', () => {
    const lines = ['PID p', 'ORC c1', 'OBR r1', 'SPM s1', 'OBX a', 'SPM s2', 'OBX b', 'ORC c2', 'OBR r2', 'OBX c'];
    expect(seen('ORU^R01', lines, 'OBX', 'SPM', 'OBR')).to.deep.equal({
      a: ['s1', 'r1'],
      b: ['s2', 'r1'],
      c: ['-', 'r2'],
    });
  });

  it('orders stand under the specimen and container before them (OML^O33, OML^O35)', () => {
    const lines = ['PID p', 'SPM s1', 'OBX o', 'SAC k1', 'ORC c1', 'OBR r1', 'OBX a', 'SAC k2', 'ORC c2', 'OBR r2'];
    lines.push('SPM s2', 'ORC c3', 'OBR r3', 'OBX b', 'NTE n-b');
    expect(seen('OML^O35', lines, 'OBR', 'SPM', 'SAC', 'ORC', 'PID', 'OBX')).to.deep.equal({
      r1: ['s1', 'k1', 'c1', 'p', '-'],
      r2: ['s1', 'k2', 'c2', 'p', '-'],
      r3: ['s2', '-', 'c3', 'p', '-'],
    });
    expect(seen('OML^O35', lines, 'OBX', 'SPM', 'SAC', 'OBR')).to.deep.equal({
      o: ['s1', 'k1+k2', '-'],
      a: ['s1', 'k1', 'r1'],
      b: ['s2', '-', 'r3'],
    });
    expect(seen('OML^O35', lines, 'NTE', 'OBX', 'SPM')).to.deep.equal({ 'n-b': ['b', 's2'] });
    expect(seen('OML^O35', lines, 'SPM', 'OBX', 'OBR', 'SAC')).to.deep.equal({
      s1: ['-', '-', 'k1+k2'],
      s2: ['-', '-', '-'],
    });
  });

  it('of automated results, ORC stands behind its OBR (OUL), and the specimen before both', () => {
    const lines = ['PID p', 'SPM s1', 'SAC k1', 'SAC k2', 'OBR r1', 'ORC c1', 'OBX a', 'OBR r2', 'OBX b'];
    lines.push('SPM s2', 'OBR r3', 'ORC c3', 'OBX c');
    expect(seen('OUL^R22', lines, 'OBX', 'OBR', 'ORC', 'SPM', 'SAC')).to.deep.equal({
      a: ['r1', 'c1', 's1', 'k1+k2'],
      b: ['r2', '-', 's1', 'k1+k2'],
      c: ['r3', 'c3', 's2', '-'],
    });
  });

  it('orders have their timing, specimens and diagnoses, a result those of its order (OML^O21, ORM)', () => {
    const lines = ['PID p', 'PV1 v', 'IN1 i', 'AL1 l', 'ORC c1', 'TQ1 t1', 'OBR r1', 'DG1 g1', 'DG1 g2', 'OBX a'];
    lines.push('SPM s1', 'SAC k1', 'ORC c2', 'OBR r2', 'SPM s2', 'ORC c3', 'NTE n-c3', 'OBR r3', 'NTE n-r3');
    expect(seen('OML^O21', lines, 'OBR', 'ORC', 'TQ1', 'SPM', 'DG1', 'NTE', 'AL1')).to.deep.equal({
      r1: ['c1', 't1', 's1', 'g1+g2', '-', '-'],
      r2: ['c2', '-', 's2', '-', '-', '-'],
      r3: ['c3', '-', '-', '-', 'n-r3', '-'],
    });
    expect(seen('OML^O21', lines, 'ORC', 'OBR', 'TQ1', 'SPM', 'NTE', 'PV1')).to.deep.equal({
      c1: ['r1', 't1', 's1', '-', 'v'],
      c2: ['r2', '-', 's2', '-', 'v'],
      c3: ['r3', '-', '-', 'n-c3', 'v'],
    });
    expect(seen('OML^O21', lines, 'OBX', 'TQ1', 'OBR', 'DG1', 'AL1', 'IN1', 'PV1')).to.deep.equal({
      a: ['t1', 'r1', '-', '-', '-', 'v'],
    });
    expect(seen('OML^O21', lines, 'DG1', 'OBR', 'OBX', 'PID')).to.deep.equal({
      g1: ['r1', '-', 'p'],
      g2: ['r1', '-', 'p'],
    });
    expect(seen('OML^O21', lines, 'SAC', 'SPM', 'OBR')).to.deep.equal({ k1: ['s1', 'r1'] });
  });

  it('records of a patient have the patient and the visit, and none of one another (ADT)', () => {
    const lines = ['EVN e', 'PID p', 'PD1 d', 'NK1 k1', 'NK1 k2', 'PV1 v', 'PV2 w', 'OBX o', 'AL1 l1', 'AL1 l2'];
    lines.push(
      'DG1 g1',
      'DRG x',
      'PR1 q',
      'ROL rq',
      'GT1 gt',
      'IN1 i1',
      'IN2 j1',
      'IN1 i2',
      'IN3 h2',
      'IN3 h3',
      'ROL ri',
    );
    const shared = ['p', 'v', 'w', 'd', 'e', 'x'];
    const names = ['PID', 'PV1', 'PV2', 'PD1', 'EVN', 'DRG'];
    for (const from of ['NK1', 'OBX', 'AL1', 'DG1', 'PR1', 'GT1', 'IN1', 'IN2', 'IN3', 'ROL']) {
      const others = ['NK1', 'OBX', 'AL1', 'DG1', 'GT1'].filter((name) => name !== from);
      for (const found of Object.values(seen('ADT^A01', lines, from, ...names, ...others))) {
        expect(found, from).to.deep.equal([...shared, ...others.map(() => '-')]);
      }
    }
    expect(seen('ADT^A01', lines, 'IN1', 'IN2', 'IN3', 'ROL')).to.deep.equal({
      i1: ['j1', '-', '-'],
      i2: ['-', 'h2+h3', 'ri'],
    });
    expect(seen('ADT^A01', lines, 'IN3', 'IN1', 'IN2')).to.deep.equal({ h2: ['i2', '-'], h3: ['i2', '-'] });
    expect(seen('ADT^A01', lines, 'IN2', 'IN1', 'IN3')).to.deep.equal({ j1: ['i1', '-'] });
    expect(seen('ADT^A01', lines, 'ROL', 'PR1', 'IN1')).to.deep.equal({ rq: ['q', '-'], ri: ['-', 'i2'] });
    expect(seen('ADT^A01', lines, 'PID', 'PV1', 'NK1', 'AL1', 'IN1', 'OBX')).to.deep.equal({
      p: ['v', 'k1+k2', 'l1+l2', 'i1+i2', '-'],
    });
  });

  it('each of several patients has its own (ADT^A40, A17)', () => {
    const lines = ['EVN e', 'PID p1', 'MRG m1', 'PV1 v1', 'PID p2', 'MRG m2', 'AL1 l2'];
    expect(seen('ADT^A40', lines, 'PID', 'MRG', 'PV1', 'AL1', 'EVN')).to.deep.equal({
      p1: ['m1', 'v1', '-', 'e'],
      p2: ['m2', '-', 'l2', 'e'],
    });
    expect(seen('ADT^A40', lines, 'MRG', 'PID')).to.deep.equal({ m1: ['p1'], m2: ['p2'] });
  });

  it('resources of an appointment have its group, and the patient where there is one (SIU)', () => {
    const resources = ['RGS x', 'AIS s1', 'NTE n-s1', 'AIS s2', 'AIG g', 'AIL l', 'AIP d', 'RGS y', 'AIS s3'];
    const one = ['SCH h', 'NTE n-h', 'PID p', 'PV1 v', ...resources];
    expect(seen('SIU^S12', one, 'AIS', 'SCH', 'RGS', 'AIP', 'NTE', 'PID', 'PV1')).to.deep.equal({
      s1: ['h', 'x', '-', 'n-s1', 'p', 'v'],
      s2: ['h', 'x', '-', '-', 'p', 'v'],
      s3: ['h', 'y', '-', '-', 'p', 'v'],
    });
    expect(seen('SIU^S12', one, 'NTE', 'SCH', 'AIS')).to.deep.equal({ 'n-h': ['h', '-'], 'n-s1': ['h', 's1'] });
    expect(seen('SIU^S12', one, 'RGS', 'AIS', 'SCH')).to.deep.equal({ x: ['-', 'h'], y: ['-', 'h'] });
    expect(seen('SIU^S12', one, 'PID', 'AIS', 'SCH', 'PV1')).to.deep.equal({ p: ['-', 'h', 'v'] });
    const several = ['SCH h', 'PID p1', 'PID p2', 'PV1 v2', ...resources];
    expect(seen('SIU^S12', several, 'AIP', 'RGS', 'PID', 'PV1', 'SCH')).to.deep.equal({ d: ['x', '-', '-', 'h'] });
  });

  it('vaccinations have their order, route and results, with or without ORC (VXU)', () => {
    const lines = [
      'PID p',
      'NK1 k',
      'ORC c1',
      'RXA a1',
      'RXR r1',
      'OBX o1',
      'NTE n1',
      'OBX o2',
      'ORC c2',
      'RXA a2',
      'OBX o3',
    ];
    const expected = { o1: ['a1', 'r1', 'c1', 'n1'], o2: ['a1', 'r1', 'c1', '-'], o3: ['a2', '-', 'c2', '-'] };
    expect(seen('VXU^V04', lines, 'OBX', 'RXA', 'RXR', 'ORC', 'NTE')).to.deep.equal(expected);
    const old = lines.filter((one) => !one.startsWith('ORC'));
    for (const [mark, found] of Object.entries(seen('VXU^V04', old, 'OBX', 'RXA', 'RXR', 'PID'))) {
      expect(found).to.deep.equal([...expected[mark as 'o1'].slice(0, 2), 'p']);
    }
    expect(seen('VXU^V04', lines, 'RXA', 'RXR', 'ORC', 'OBX', 'PID')).to.deep.equal({
      a1: ['r1', 'c1', '-', 'p'],
      a2: ['-', 'c2', '-', 'p'],
    });
    expect(seen('VXU^V04', lines, 'RXR', 'RXA', 'OBX')).to.deep.equal({ r1: ['a1', '-'] });
    expect(seen('VXU^V04', lines, 'ORC', 'RXA', 'OBX')).to.deep.equal({ c1: ['a1', '-'], c2: ['a2', '-'] });
  });

  it('medicines have their routes and components (RDE)', () => {
    const lines = ['PID p', 'ORC c', 'RXO o', 'RXR r-o', 'RXE e', 'NTE n-e', 'RXR r-e', 'RXC x1', 'RXC x2', 'OBX a'];
    expect(seen('RDE^O11', lines, 'OBX', 'RXE', 'RXO', 'ORC', 'RXR', 'RXC')).to.deep.equal({
      a: ['e', 'o', 'c', 'r-e', '-'],
    });
    expect(seen('RDE^O11', lines, 'RXE', 'RXR', 'RXC', 'NTE', 'RXO')).to.deep.equal({
      e: ['r-e', 'x1+x2', 'n-e', 'o'],
    });
    expect(seen('RDE^O11', lines, 'RXC', 'RXE', 'RXR')).to.deep.equal({ x1: ['e', 'r-e'], x2: ['e', 'r-e'] });
  });

  it('a document has its results (MDM), a master file its entries (MFN)', () => {
    expect(seen('MDM^T02', ['EVN e', 'PID p', 'PV1 v', 'TXA t', 'OBX a'], 'OBX', 'TXA', 'PID', 'EVN')).to.deep.equal({
      a: ['t', 'p', 'e'],
    });
    const lines = ['MFI i', 'MFE e1', 'STF s1', 'PRA p1', 'MFE e2', 'STF s2'];
    expect(seen('MFN^M02', lines, 'STF', 'MFE', 'PRA', 'MFI')).to.deep.equal({
      s1: ['e1', 'p1', 'i'],
      s2: ['e2', '-', 'i'],
    });
  });

  it('a Z segment belongs to the segment that it follows, and describes what stands under that', () => {
    const lines = [
      'ZMH m',
      'PID p',
      'ZPI z',
      'ORC c',
      'OBR r1',
      'ZOR y',
      'OBX a',
      'ZBX za',
      'NTE n-a',
      'OBX b',
      'OBR r2',
    ];
    lines.push('OBX c');
    expect(seen('ORU^R01', lines, 'OBX', 'ZMH', 'ZPI', 'ZOR', 'ZBX', 'NTE')).to.deep.equal({
      a: ['m', 'z', 'y', 'za', 'n-a'],
      b: ['m', 'z', 'y', '-', '-'],
      c: ['m', 'z', '-', '-', '-'],
    });
    expect(seen('ORU^R01', lines, 'ZBX', 'OBX', 'OBR', 'PID')).to.deep.equal({ za: ['a', 'r1', 'p'] });
    expect(seen('ORU^R01', lines, 'ZOR', 'OBX', 'OBR')).to.deep.equal({ y: ['-', 'r1'] });
    expect(seen('ORU^R01', lines, 'ZPI', 'OBX', 'OBR', 'PID')).to.deep.equal({ z: ['-', '-', 'p'] });
    expect(seen('ORU^R01', lines, 'NTE', 'OBX', 'ZBX')).to.deep.equal({ 'n-a': ['a', 'za'] });
  });

  it('has none for a segment that is not there, and no group for a line that is none', () => {
    expect(
      seen('ORU^R01', ['PID p', 'OBR r', '|x', 'OBX a', 'junk', 'NTE n'], 'OBX', 'ZZZ', 'NTE', 'OBR'),
    ).to.deep.equal({
      a: ['-', 'n', 'r'],
    });
    const groups = new Groups(Hl7Message.parse('MSH|^~\\&|A\r').segments());
    expect(groups.occurrences('PID', { name: 'OBX', occurrence: 1 })).to.deep.equal([]);
    expect(groups.occurrences('OBX', { name: 'MSH', occurrence: 1 })).to.deep.equal([]);
  });

  it('never gives a result to another one, an order to another one, or a patient to another one', () => {
    const known = 'PID PD1 NTE PV1 ORC OBR OBX SPM SAC TQ1 RXA RXR AL1 IN1 IN2 RGS AIS ZZZ DG1 MFE PRT SCH XYZ'.split(
      ' ',
    );
    const ends: Record<string, string[]> = {
      OBX: ['PID', 'ORC', 'OBR', 'OBX', 'RXA', 'RGS', 'MFE'],
      PID: ['PID'],
      AL1: ['PID', 'AL1', 'OBX', 'OBR', 'NK1'],
    };
    const type = fc.constantFrom('ORU^R01', 'OUL^R22', 'SIU^S12', 'ADT^A01');
    fc.assert(
      fc.property(type, fc.array(fc.constantFrom(...known), { maxLength: 25 }), (event, lines) => {
        const text = `MSH|^~\\&|S||||||${event}\r${lines.map((one) => `${one}|1\r`).join('')}`;
        const segments = Hl7Message.parse(text).segments();
        const groups = new Groups(segments);
        segments.forEach((row, at) => {
          for (const name of known) {
            const found = groups.occurrences(name, row);
            expect(new Set(found).size).to.equal(found.length);
            if (ends[name] === undefined || name === row.name || found.length === 0) continue;
            // Seen from below: it stands before the row, and nothing between them begins what is another one's.
            if (name === 'AL1' && row.name === 'PID') continue;
            expect(found).to.have.length(1);
            const place = segments.findIndex((one) => one.name === name && one.occurrence === found[0]);
            const between = segments.slice(place + 1, at + 1).map((one) => one.name);
            expect(place).to.be.lessThan(at);
            expect(between.filter((one) => ends[name]!.includes(one))).to.deep.equal([]);
          }
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('a note behind timing or demographics is of the order, appointment or patient', () => {
    const lines = ['PID p', 'PD1 d', 'NTE n-p', 'PV1 v', 'NTE n-v', 'ORC c', 'TQ1 t1', 'TQ1 t2', 'NTE n-c', 'OBR r'];
    expect(seen('OML^O21', lines, 'NTE', 'PID', 'PV1', 'ORC', 'OBR')).to.deep.equal({
      'n-p': ['p', 'v', '-', '-'],
      'n-v': ['p', 'v', '-', '-'],
      'n-c': ['p', 'v', 'c', 'r'],
    });
    expect(seen('OML^O21', lines, 'ORC', 'NTE')).to.deep.equal({ c: ['n-c'] });
    expect(seen('SIU^S12', ['SCH h', 'TQ1 t', 'NTE n', 'PID p'], 'SCH', 'NTE', 'PID')).to.deep.equal({ h: ['n', '-'] });
  });
});
