import { expect } from 'chai';
import HL7 from 'hl7-standard';
import { toLive, toText } from '../../../nodes/lib/hl7';
import { LiveMessage } from '../../../nodes/lib/hl7/object/live/live-message';
import { OWNER } from '../../../nodes/lib/hl7/object/live/live-segment';
import type { SegmentObject } from '../../../nodes/lib/hl7/object/types';
import { cloneDeep } from './support/clone';
import { refused } from './support/refused';

const TEXT = 'MSH|^~\\&|LAB\rPID|1||4711||DOE^JOHN\rOBR|1\rNTE|1\rNTE|2\rOBX|1|NM\rOBR|2\r';

describe('live messages on their way', () => {
  describe('after cloning', () => {
    it('with cloneDeep they work and leave the original alone', () => {
      const original = toLive(TEXT);
      const { payload } = cloneDeep({ payload: original });
      expect(payload).to.be.instanceOf(LiveMessage).and.to.be.instanceOf(HL7);
      expect(payload.build()).to.equal(TEXT);
      const segment = payload.getSegment('PID')!;
      segment.set('PID.5.1', 'CLONE');
      expect(payload.get('PID.5.1')).to.equal('CLONE');
      expect(payload.getSegments('NTE')[1]!.set('OBR.1', 'CLONE')).to.equal('CLONE');
      payload.createSegmentAfter('ZZZ', segment);
      payload.deleteSegments(payload.getSegments('OBX'));
      expect(payload.getSegments().map(({ type }) => type))
        .to.include('ZZZ')
        .and.not.to.include('OBX');
      expect(payload.isBatch()).to.equal(false);
      expect(original.build()).to.equal(TEXT);
      expect(segment[OWNER]).to.equal(payload);
    });

    it('keep a text without a last segment end', () => {
      expect(cloneDeep(toLive('MSH|^~\\&|A\rPID|1')).build()).to.equal('MSH|^~\\&|A\rPID|1');
    });

    it('with JSON they become data that builds', () => {
      const data = JSON.parse(JSON.stringify(toLive(TEXT))) as { transformed: Record<string, SegmentObject[]> };
      expect(toText(data)).to.equal(TEXT);
    });
  });

  describe('transform', () => {
    it('tells a callback, and throws without one', () => {
      const message = new LiveMessage('PID|1');
      const seen: unknown[] = [];
      message.transform((error, result) => seen.push((error as { code?: string } | null)?.code, result));
      expect(seen).to.deep.equal(['PARSE_NO_MSH', null]);
      refused('PARSE_NO_MSH', () => message.transform());
      const good = new LiveMessage(TEXT);
      good.transform((error, result) => seen.push(error, result));
      expect(seen.slice(2)).to.deep.equal([null, good.transformed]);
    });

    it('hands on what a callback throws, once', () => {
      let calls = 0;
      const message = new LiveMessage(TEXT);
      expect(() =>
        message.transform(() => {
          calls++;
          throw new Error('mine');
        }),
      ).to.throw('mine');
      expect(calls).to.equal(1);
    });

    it('obeys the limits it is given', () => {
      refused('PARSE_TOO_LARGE', () => toLive(TEXT, { characters: 10, segments: 1, names: 1, values: 1, keys: 1 }));
    });
  });
});
