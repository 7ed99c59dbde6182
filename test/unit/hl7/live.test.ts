import { expect } from 'chai';
import HL7 from 'hl7-standard';
import { toLive, toText } from '../../../nodes/lib/hl7';
import { LiveMessage } from '../../../nodes/lib/hl7/object/live/live-message';
import { Segment } from '../../../nodes/lib/hl7/object/live/live-segment';
import { refused } from './support/refused';

const TEXT = [
  'MSH|^~\\&|LAB|HOSP|||2025||ORU^R01|42|P|2.5',
  'PID|1||4711^^^A~0815^^^B||DOE^JOHN&JACK',
  'OBR|1',
  'NTE|1||one',
  'NTE|2||two',
  'OBX|1|NM',
  'NTE|3||three',
  'OBR|2',
  'NTE|4||four',
  'ORC',
  '',
].join('\r');

function lines(message: LiveMessage): string[] {
  return message.build().split('\r').slice(0, -1);
}

/** As the library's examples use it. */
function built(): LiveMessage {
  const message = new LiveMessage();
  message.createSegment('MSH');
  message.set('MSH', { 'MSH.2': '^~\\&', 'MSH.3': 'Example', 'MSH.9': { 'MSH.9.1': 'ADT', 'MSH.9.2': 'A08' } });
  message.createSegment('EVN');
  message.set('EVN.1', 'A08');
  message.createSegment('PID');
  message.set('PID.3.1', '312312');
  message.set('PID.5', { 'PID.5.1': 'Smith', 'PID.5.2': 'John' });
  message.set('PID.11', [{ 'PID.11.1': 'Road 1' }, { 'PID.11.1': 'Road 2', 'PID.11.3': 'City' }]);
  message.createSegment('IN1');
  message.set('IN1', { 'IN1.1': '1', 'IN1.3': ['80', '81'] });
  message.createSegment('ZIB');
  message.set('ZIB', { 'ZIB.1.1': '1', 'ZIB.2.1': '', 'ZIB.4': { 'ZIB.4.1': 'base64' } });
  return message;
}

describe('live messages', () => {
  it('are hl7-standard messages', () => {
    const message = toLive(TEXT);
    expect(message).to.be.instanceOf(HL7);
    expect(message.raw).to.equal(TEXT);
    expect(message.isBatch()).to.equal(false);
    expect(message.build()).to.equal(TEXT);
    expect(message.encoded).to.equal(TEXT);
    expect(toText(message)).to.equal(TEXT);
    expect(message.lastIndex).to.equal(9);
    expect(message.getSegment('PID')!.constructor.name).to.equal('Segment');
  });

  it('build what the library documents, from scratch', () => {
    expect(lines(built())).to.deep.equal([
      'MSH|^~\\&|Example||||||ADT^A08',
      'EVN|A08',
      'PID|||312312||Smith^John||||||Road 1~Road 2^^City',
      'IN1|1||80~81',
      'ZIB|1|||base64',
    ]);
  });

  it('get a usable header by single fields, too', () => {
    const message = new LiveMessage();
    message.createSegment('MSH');
    message.set('MSH.3', 'APP');
    expect(message.build()).to.equal('MSH|^~\\&|APP\r');
  });

  describe('get', () => {
    const cases: [args: Parameters<LiveMessage['get']>, value: unknown][] = [
      [['MSH.1'], '|'],
      [['MSH.2'], '^~\\&'],
      [['MSH.9'], { 'MSH.9.1': 'ORU', 'MSH.9.2': 'R01' }],
      [['MSH.10.1'], '42'],
      [['MSH.10.2'], null],
      [['PID.3'], { 'PID.3.1': '4711', 'PID.3.2': '', 'PID.3.3': '', 'PID.3.4': 'A' }],
      [['PID.3', 0, 1], { 'PID.3.1': '0815', 'PID.3.2': '', 'PID.3.3': '', 'PID.3.4': 'B' }],
      [['PID.3.4', null, 1], 'B'],
      [['PID.3', 0, 2], null],
      [['PID.3.1', 0, 2], null],
      [['PID.5.2'], 'JOHN'],
      [['PID.5.2', 0, 0, 1], 'JACK'],
      [['PID.5.2.2'], 'JACK'],
      [['PID.5.2', 0, 0, 2], null],
      [['PID.5.1', 0, 0, 1], null],
      [['PID.5.1', 0, 1], null],
      [['PID.2'], ''],
      [['PID.9'], null],
      [['NTE.3', 3], 'four'],
      [['NTE.3', 4], null],
      [['NTE.3', -1], null],
      [['ORC'], {}],
      [['ZZZ.1'], null],
      [['ZZZ'], null],
    ];
    for (const [args, value] of cases) {
      it(`${JSON.stringify(args)} is ${JSON.stringify(value)}`, () => {
        expect(toLive(TEXT).get(...args)).to.deep.equal(value);
      });
    }

    it('refuses what names no field', () => {
      for (const field of [undefined, 7, '', 'P', 'PID.x', 'PID.0', 'constructor', '__proto__', 'PID.3.1.1.1']) {
        refused('LIVE_FIELD', () => toLive(TEXT).get(field as string));
      }
    });
  });

  describe('set', () => {
    const cases: [args: Parameters<LiveMessage['set']>, line: number, text: string][] = [
      [['PID.5.1', 'X'], 1, 'PID|1||4711^^^A~0815^^^B||X^JOHN&JACK'],
      [['PID.5.2', 'X'], 1, 'PID|1||4711^^^A~0815^^^B||DOE^X&JACK'],
      [['PID.5.2', 'X', 0, null, 1], 1, 'PID|1||4711^^^A~0815^^^B||DOE^JOHN&X'],
      [['PID.5.2.3', 'X'], 1, 'PID|1||4711^^^A~0815^^^B||DOE^JOHN&JACK&X'],
      [['PID.5.2', ['a', 'b']], 1, 'PID|1||4711^^^A~0815^^^B||DOE^a&b'],
      [['PID.5.1', 'X', 0, 1], 1, 'PID|1||4711^^^A~0815^^^B||DOE^JOHN&JACK~X'],
      [['PID.3.1', 'X', 0, 1], 1, 'PID|1||4711^^^A~X^^^B||DOE^JOHN&JACK'],
      [['PID.3.1', 'X'], 1, 'PID|1||X^^^A~0815^^^B||DOE^JOHN&JACK'],
      [['PID.3.1', 'X', 0, 3], 1, 'PID|1||4711^^^A~0815^^^B~~X||DOE^JOHN&JACK'],
      [['PID.3', 'X', 0, 1], 1, 'PID|1||4711^^^A~X||DOE^JOHN&JACK'],
      [['PID.2', 7], 1, 'PID|1|7|4711^^^A~0815^^^B||DOE^JOHN&JACK'],
      [['PID.1', null], 1, 'PID|||4711^^^A~0815^^^B||DOE^JOHN&JACK'],
      [['OBR.3.2', 'x'], 2, 'OBR|1||^x'],
      [['NTE.3', 'x', 3], 8, 'NTE|4||x'],
      [['ORC.2', 'a|b'], 9, 'ORC||a\\F\\b'],
      [['ORC', { 'ORC.1': 'a' }], 9, 'ORC|a'],
      [['PID.1.2', 'x', 0, 0, 1], 1, 'PID|1^&x||4711^^^A~0815^^^B||DOE^JOHN&JACK'],
    ];
    for (const [args, line, text] of cases) {
      it(`${JSON.stringify(args)} gives ${text}`, () => {
        const message = toLive(TEXT);
        const expected = lines(message);
        expected[line] = text;
        message.set(...args);
        expect(lines(message)).to.deep.equal(expected);
      });
    }

    it('keeps the shapes of the library', () => {
      const message = toLive(TEXT);
      expect(message.set('OBR.2.1', 'item', 0, 0, 1)).to.equal('item');
      message.set('OBR.2.2', 'info', 0, 0, 1);
      message.set('OBR.2.1', 'data', 0, 1, 1);
      expect(message.transformed.OBR![0]!.data['OBR.2']).to.deep.equal([
        { 'OBR.2.1': ['', 'item'], 'OBR.2.2': ['', 'info'] },
        { 'OBR.2.1': ['', 'data'] },
      ]);
    });

    it('refuses what can never be built, and says nothing of the value', () => {
      const message = toLive(TEXT);
      const wrong: [code: string, run: () => unknown][] = [
        ['LIVE_NO_SEGMENT', () => message.set('ZZZ.1', 'secret')],
        ['LIVE_NO_SEGMENT', () => message.set('NTE.1', 'secret', 4)],
        ['BUILD_VALUE', () => message.set('PID.3', undefined)],
        ['BUILD_VALUE', () => message.set('PID.3', true)],
        ['BUILD_VALUE', () => message.set('PID.3', new Date(0))],
        ['BUILD_VALUE', () => message.set('PID.3.1', { 'PID.3.1': 'secret' })],
        ['BUILD_VALUE', () => message.set('PID.3.1', ['secret'], 0, 0, 3)],
        ['BUILD_KEY', () => message.set('PID.3', { 'PID.4.1': 'secret' })],
        ['BUILD_VALUE', () => message.set('PID', ['secret'])],
        ['BUILD_VALUE', () => message.set('PID', null)],
        ['LIVE_INDEX', () => message.set('PID.3.1', 'secret', 0, -1)],
        ['LIVE_INDEX', () => message.set('PID.3.1', 'secret', 0, 0.5)],
        ['LIVE_INDEX', () => message.set('PID.3.1', 'secret', 0, 1e9)],
        ['LIVE_FIELD', () => message.set('__proto__', 'secret')],
      ];
      for (const [code, run] of wrong) expect(refused(code, run).message).not.to.contain('secret');
      expect(message.build()).to.equal(TEXT);
    });
  });

  describe('segments', () => {
    it('are found by name and in message order', () => {
      const message = toLive(TEXT);
      expect(message.getSegment('NTE')!.get('NTE.1')).to.equal('1');
      expect(message.getSegment('ZZZ')).to.equal(null);
      expect(message.getSegments('ZZZ')).to.deep.equal([]);
      expect(message.getSegments('NTE').map((one) => one.get('NTE.1'))).to.deep.equal(['1', '2', '3', '4']);
      expect(message.getSegments().map(({ type }) => type)).to.deep.equal(
        lines(message).map((line) => line.slice(0, 3)),
      );
      for (const name of ['', 'P', 'PIDX', 'pid', undefined])
        refused('LIVE_SEGMENT_NAME', () => message.getSegment(name as string));
      refused('LIVE_SEGMENT_NAME', () => message.getSegments('P'));
    });

    it('are found behind another one', () => {
      const message = toLive(TEXT);
      const [first, second] = message.getSegments('OBR');
      const numbers = (list: Segment[]): unknown[] => list.map((one) => one.get('NTE.1'));
      expect(numbers(message.getSegmentsAfter(first!, 'NTE'))).to.deep.equal(['1', '2', '3', '4']);
      expect(numbers(message.getSegmentsAfter(first!, 'NTE', true))).to.deep.equal(['1', '2']);
      expect(numbers(message.getSegmentsAfter(first!, 'NTE', false, 'OBR'))).to.deep.equal(['1', '2', '3']);
      expect(numbers(message.getSegmentsAfter(first!, 'NTE', false, ['ZZZ', 'OBX', 'OBR']))).to.deep.equal(['1', '2']);
      expect(numbers(message.getSegmentsAfter(second!, 'NTE'))).to.deep.equal(['4']);
      expect(message.getSegmentsAfter(first!, 'ZZZ')).to.deep.equal([]);
      refused('LIVE_NO_SEGMENT', () => message.getSegmentsAfter(undefined as unknown as Segment, 'NTE'));
      refused('LIVE_SEGMENT_NAME', () => message.getSegmentsAfter(first!, 'note'));
    });

    it('are created, moved and deleted', () => {
      const message = toLive('MSH|^~\\&\rPID|1\rPV1|1\r');
      const pid = message.getSegment('PID')!;
      const after = message.createSegmentAfter('ZAA', pid);
      after.set('ZAA.1', 'x');
      message.createSegmentBefore('ZBB', pid);
      message.createSegment('ZCC');
      expect(lines(message)).to.deep.equal(['MSH|^~\\&', 'ZBB', 'PID|1', 'ZAA|x', 'PV1|1', 'ZCC']);
      message.moveSegmentAfter(pid, message.getSegment('PV1')!);
      expect(lines(message)).to.deep.equal(['MSH|^~\\&', 'ZBB', 'ZAA|x', 'PV1|1', 'PID|1', 'ZCC']);
      message.moveSegmentBefore(message.getSegment('ZCC')!, message.getSegment('ZBB')!);
      message.moveSegmentAfter(pid, pid);
      expect(lines(message)).to.deep.equal(['MSH|^~\\&', 'ZCC', 'ZBB', 'ZAA|x', 'PV1|1', 'PID|1']);
      message.deleteSegment(after);
      message.deleteSegments([message.getSegment('ZBB')!, message.getSegment('ZCC')!]);
      message.deleteSegments(pid);
      expect(lines(message)).to.deep.equal(['MSH|^~\\&', 'PV1|1']);
      expect(message.get('PID.1')).to.equal(null);
      refused('LIVE_NO_SEGMENT', () => message.deleteSegment(pid));
      for (const run of [
        () => message.createSegmentAfter('ZZZ'),
        () => message.createSegmentBefore('ZZZ', 'PV1' as unknown as Segment),
        () => message.moveSegmentAfter(pid, message.getSegment('PV1')!),
        () => message.moveSegmentBefore(message.getSegment('PV1')!, pid),
      ]) {
        refused('LIVE_NO_SEGMENT', run);
      }
      refused('LIVE_SEGMENT_NAME', () => message.createSegment('Z'));
    });

    it('keep occurrences in message order when one is put between', () => {
      const message = toLive(TEXT);
      message.createSegmentAfter('NTE', message.getSegments('NTE')[0]!).set('NTE.1', 'new');
      expect([0, 1, 2].map((n) => message.get('NTE.1', n))).to.deep.equal(['1', 'new', '2']);
      message.moveSegmentBefore(message.getSegments('NTE')[4]!, message.getSegment('PID')!);
      expect(message.get('NTE.1', 0)).to.equal('4');
    });

    it('delete what a list of them holds, while it shrinks', () => {
      const message = toLive(TEXT);
      message.deleteSegments(message.getSegments('NTE'));
      for (const segment of message.getSegments()) if (segment.type === 'OBR') message.deleteSegment(segment);
      expect(message.getSegments().map(({ type }) => type)).to.deep.equal(['MSH', 'PID', 'OBX', 'ORC']);
    });

    it('read and write fields of other segments as the library does', () => {
      const message = toLive(TEXT);
      const note = message.getSegments('NTE')[1]!;
      expect(note.get('OBR.1')).to.equal('2');
      note.set('OBR.1', 'X');
      expect(lines(message)[7]).to.equal('OBR|X');
      const loose = new Segment('ZZZ');
      loose.set('ZZZ.1.2', 'x');
      expect(loose.data).to.deep.equal({ 'ZZZ.1': { 'ZZZ.1.1': '', 'ZZZ.1.2': 'x' } });
      refused('LIVE_FIELD', () => loose.get('PID.1'));
    });

    it('may come in as plain data', () => {
      const message = toLive('MSH|^~\\&\rPID|1\r');
      const root = message.transformed as unknown as Record<string, unknown>;
      root.ZZZ = { data: { 'ZZZ.1': 'x' } };
      root.ZYY = [null, { index: 9, data: { 'ZYY.1': 'y' } }, { index: 10 }];
      message.getSegment('ZZZ')!.set('ZZZ.2', 'z');
      expect(message.getSegments('ZYY')[1]!.get('ZYY.1')).to.equal(null);
      expect(lines(message)).to.deep.equal(['MSH|^~\\&', 'PID|1', 'ZYY|y', 'ZYY', 'ZZZ|x|z']);
      root.ZXX = null;
      expect(message.getSegment('ZXX')).to.equal(null);
    });
  });
});
