import { expect } from 'chai';
import { decideAck, isAckCondition, isPositive } from '../../../nodes/lib/hl7';
import { NO_CONTROL_ID } from '../../../nodes/lib/hl7/ack/errors';
import { type AckDecision, type AckInput, isAccept } from '../../../nodes/lib/hl7/ack/mode';
import type { AckCode } from '../../../nodes/lib/message-contract';

const BASE: AckInput = {
  mode: 'msh',
  acceptAck: '',
  applicationAck: '',
  controlId: '1',
  outcome: 'stored',
  failure: 'AR',
  applicationOn: 'same',
};

/** `CA+AE`, `AA`, or `-` for nothing. */
function short({ accept, application }: AckDecision): string {
  return [accept, application].filter((code) => code !== undefined).join('+') || '-';
}

const OUTCOMES: Partial<AckInput>[] = [
  { outcome: 'stored' },
  { outcome: 'content' },
  { outcome: 'refused' },
  { outcome: 'system' },
  { outcome: 'content', storedBeforeFailure: true },
  { outcome: 'system', storedBeforeFailure: true },
];

/** MSH-15 and MSH-16, then for each outcome above what is answered. */
const MATRIX = `
  -  -  : AA    AE AR AR AE    AR
  -  AL : AA    AE AR AR AE    AR
  -  ER : -     AE AR AR AE    AR
  -  SU : AA    -  -  -  -     -
  -  NE : -     -  -  -  -     -
  AL -  : CA    CE CR CE CA    CA
  AL AL : CA+AA CE CR CE CA+AE CA+AR
  AL ER : CA    CE CR CE CA+AE CA+AR
  AL SU : CA+AA CE CR CE CA    CA
  AL NE : CA    CE CR CE CA    CA
  ER -  : -     CE CR CE -     -
  ER AL : AA    CE CR CE AE    AR
  ER ER : -     CE CR CE AE    AR
  ER SU : AA    CE CR CE -     -
  ER NE : -     CE CR CE -     -
  SU -  : CA    -  -  -  CA    CA
  SU AL : CA+AA AE AR AR CA+AE CA+AR
  SU ER : CA    AE AR AR CA+AE CA+AR
  SU SU : CA+AA -  -  -  CA    CA
  SU NE : CA    -  -  -  CA    CA
  NE -  : -     -  -  -  -     -
  NE AL : AA    AE AR AR AE    AR
  NE ER : -     AE AR AR AE    AR
  NE SU : AA    -  -  -  -     -
  NE NE : -     -  -  -  -     -
`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

describe('which acknowledgment', () => {
  for (const [accept, application, , ...expected] of MATRIX) {
    const asked = {
      acceptAck: accept === '-' ? '' : accept!,
      applicationAck: application === '-' ? '' : application!,
    };
    it(`by MSH-15 ${accept} and MSH-16 ${application}`, () => {
      expect(OUTCOMES.map((outcome) => short(decideAck({ ...BASE, ...asked, ...outcome })))).to.deep.equal(expected);
      const { enhanced } = decideAck({ ...BASE, ...asked });
      expect(enhanced).to.equal(accept !== '-' || application !== '-');
    });

    it(`in a fixed mode, whatever MSH-15 ${accept} and MSH-16 ${application} ask`, () => {
      const fixed = (mode: AckInput['mode']): string[] =>
        OUTCOMES.map((outcome) => short(decideAck({ ...BASE, ...asked, ...outcome, mode })));
      expect(fixed('original')).to.deep.equal(['AA', 'AE', 'AR', 'AR', 'AE', 'AR']);
      expect(fixed('commit')).to.deep.equal(['CA', 'CE', 'CR', 'CE', 'CA', 'CA']);
      expect(decideAck({ ...BASE, ...asked, mode: 'original' }).enhanced).to.equal(false);
    });

    it(`on a separate connection by MSH-15 ${accept} and MSH-16 ${application}`, () => {
      for (const outcome of OUTCOMES) {
        const same = decideAck({ ...BASE, ...asked, ...outcome });
        const separate = decideAck({ ...BASE, ...asked, ...outcome, applicationOn: 'separate' });
        const enhanced = accept !== '-' || application !== '-';
        expect(same).to.not.have.property('applicationSeparate');
        expect(separate.applicationSeparate ?? false).to.equal(enhanced && same.application !== undefined);
        expect(short(separate)).to.equal(short(same));
      }
    });
  }

  it('a message that was taken without a store is answered as a stored one', () => {
    for (const mode of ['msh', 'original', 'commit'] as const) {
      const taken = decideAck({ ...BASE, mode, acceptAck: 'AL', applicationAck: 'AL', outcome: 'accepted' });
      expect(taken).to.deep.equal(decideAck({ ...BASE, mode, acceptAck: 'AL', applicationAck: 'AL' }));
    }
  });

  it('a fault of our own is answered as the listener is set', () => {
    expect(short(decideAck({ ...BASE, outcome: 'system', failure: 'AE' }))).to.equal('AE');
    expect(short(decideAck({ ...BASE, outcome: 'refused', failure: 'AE' }))).to.equal('AR');
    expect(short(decideAck({ ...BASE, outcome: 'system', failure: 'AE', applicationAck: 'ER' }))).to.equal('AE');
  });

  it('unknown values of MSH-15 and MSH-16 count as empty', () => {
    expect(decideAck({ ...BASE, acceptAck: 'YES', applicationAck: 'X' })).to.deep.equal({
      application: 'AA',
      enhanced: false,
      errors: [],
    });
    expect(short(decideAck({ ...BASE, acceptAck: 'AL', applicationAck: 'X' }))).to.equal('CA');
    for (const unknown of ['YES', 'X', 'A', 'ALL', '0']) expect(isAckCondition(unknown), unknown).to.equal(false);
    for (const known of ['', 'AL', 'ER', 'SU', 'NE', ' al', '""']) expect(isAckCondition(known), known).to.equal(true);
  });

  it('values are read without case and blanks, a null as empty', () => {
    const decision = decideAck({ ...BASE, acceptAck: ' al', applicationAck: '""' });
    expect(decision).to.deep.include({ accept: 'CA', enhanced: true });
  });

  describe('without a control ID', () => {
    for (const controlId of ['', ' ', '""']) {
      it(`never positive (${JSON.stringify(controlId)})`, () => {
        const answers: Record<string, string> = { msh: 'AE', original: 'AE', commit: 'CE' };
        for (const outcome of ['stored', 'accepted'] as const) {
          for (const [mode, answer] of Object.entries(answers)) {
            const decision = decideAck({ ...BASE, mode: mode as AckInput['mode'], outcome, controlId });
            expect(short(decision), mode).to.equal(answer);
            expect(decision.errors).to.deep.equal([{ ...NO_CONTROL_ID }]);
          }
        }
        const enhanced = { ...BASE, controlId, acceptAck: 'AL', applicationAck: 'AL' };
        expect(short(decideAck(enhanced))).to.equal('CE');
        expect(short(decideAck({ ...enhanced, outcome: 'content', storedBeforeFailure: true }))).to.equal('CE');
        expect(short(decideAck({ ...BASE, mode: 'commit', controlId, storedBeforeFailure: true }))).to.equal('CE');
      });
    }

    it('a fault of our own stays one', () => {
      const decision = decideAck({ ...BASE, controlId: '', outcome: 'system' });
      expect(short(decision)).to.equal('AR');
      expect(decision.errors).to.deep.equal([{ location: 'MSH^1^10', code: '101', text: NO_CONTROL_ID.text }]);
    });

    it('no positive code by the flow’s wish either', () => {
      for (const [override, sent] of [
        ['AA', 'AE'],
        ['CA', 'CE'],
      ] as const) {
        expect(short(decideAck({ ...BASE, controlId: '', override }))).to.equal(sent);
      }
      expect(short(decideAck({ ...BASE, controlId: '', override: 'AR' }))).to.equal('AR');
    });
  });

  it('a code that the flow insists on goes out alone, in every mode', () => {
    for (const mode of ['msh', 'original', 'commit'] as const) {
      for (const override of ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'] as AckCode[]) {
        const decision = decideAck({
          ...BASE,
          mode,
          acceptAck: 'AL',
          applicationAck: 'AL',
          outcome: 'content',
          override,
        });
        expect(short(decision)).to.equal(override);
      }
    }
    const separate = decideAck({ ...BASE, applicationAck: 'AL', applicationOn: 'separate', override: 'AE' });
    expect(separate.applicationSeparate).to.equal(true);
  });
});

describe('acknowledgment codes', () => {
  it('are accept or application, positive or negative', () => {
    const codes = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'];
    expect(codes.filter(isPositive)).to.deep.equal(['AA', 'CA']);
    expect(codes.filter(isAccept)).to.deep.equal(['CA', 'CE', 'CR']);
  });
});
