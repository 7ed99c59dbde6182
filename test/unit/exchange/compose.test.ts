import { expect } from 'chai';
import type { AckPolicy } from '../../../nodes/lib/exchange';
import { type Answered, compose, type Outcome } from '../../../nodes/lib/exchange/compose';
import { headerFacts, peekHeader } from '../../../nodes/lib/hl7';
import { field } from '../../support/hl7-text';

interface Asked {
  version?: string;
  accept?: string;
  application?: string;
  controlId?: string;
  policy?: Partial<AckPolicy>;
  charset?: string;
  label?: string;
}

function answered(asked: Asked = {}): Answered {
  const { version = '2.5', accept = '', application = '', controlId = 'ID1', policy, charset, label } = asked;
  const text = `MSH|^~\\&|APP|FAC|US|HOME|20260101||ADT^A01|${controlId}|P|${version}|||${accept}|${application}\r`;
  const header = peekHeader(text);
  return {
    header,
    facts: headerFacts(header),
    charset: charset ?? 'us-ascii',
    charsetLabel: label ?? '',
    policy: { mode: 'msh', applicationAck: 'same', failure: 'AR', ...policy },
  };
}

const codes = (asked: Asked, outcome: Outcome): string[] =>
  compose(answered(asked), outcome).answers.map((a) => a.code);

function only(asked: Asked, outcome: Outcome): Buffer {
  const { answers } = compose(answered(asked), outcome);
  expect(answers).to.have.length(1);
  return answers[0]?.raw as Buffer;
}

describe('the acknowledgments of a message', () => {
  it('says what is in the bytes', () => {
    const [answer] = compose(answered(), { outcome: 'stored' }).answers;
    expect(answer).to.include({ kind: 'application', code: 'AA' });
    expect(field(answer?.raw ?? '', 'MSH', 10)).to.equal(answer?.controlId);
    expect(field(answer?.raw ?? '', 'MSA', 1)).to.equal('AA');
    expect(field(answer?.raw ?? '', 'MSA', 2)).to.equal('ID1');
  });

  it('gives every acknowledgment a control ID of its own', () => {
    const asked = { accept: 'AL', application: 'AL' };
    const { answers } = compose(answered(asked), { outcome: 'stored' });
    expect(answers.map(({ kind }) => kind)).to.deep.equal(['accept', 'application']);
    expect(answers[0]?.controlId).to.not.equal(answers[1]?.controlId);
  });

  it('answers as the receiver that the message names, or as the listener is called', () => {
    const receiver = only({}, { outcome: 'stored' });
    expect([field(receiver, 'MSH', 3), field(receiver, 'MSH', 4)]).to.deep.equal(['US', 'HOME']);
    expect([field(receiver, 'MSH', 5), field(receiver, 'MSH', 6)]).to.deep.equal(['APP', 'FAC']);
    const identity = { application: 'LOG', facility: '' };
    const own = only({ policy: { identity } }, { outcome: 'stored' });
    expect([field(own, 'MSH', 3), field(own, 'MSH', 4)]).to.deep.equal(['LOG', 'HOME']);
  });

  it('always accepts or refuses, and nothing else, in commit mode', () => {
    const policy = { mode: 'commit' } as const;
    expect(codes({ policy }, { outcome: 'stored' })).to.deep.equal(['CA']);
    expect(codes({ policy, accept: 'NE', application: 'AL' }, { outcome: 'stored' })).to.deep.equal(['CA']);
    expect(codes({ policy }, { outcome: 'content' })).to.deep.equal(['CE']);
    expect(codes({ policy }, { outcome: 'refused' })).to.deep.equal(['CR']);
    expect(codes({ policy }, { outcome: 'system' })).to.deep.equal(['CE']);
  });

  it('answers in original mode whatever MSH-15 and MSH-16 say, if so set', () => {
    const asked: Asked = { accept: 'AL', application: 'NE', policy: { mode: 'original' } };
    expect(codes(asked, { outcome: 'stored' })).to.deep.equal(['AA']);
    expect(field(only(asked, { outcome: 'stored' }), 'MSH', 16)).to.not.equal('NE');
  });

  it('answers nothing when the sender asks for nothing', () => {
    const composed = compose(answered({ accept: 'NE', application: 'NE' }), { outcome: 'stored' });
    expect(composed).to.deep.equal({ answers: [], separate: [] });
  });

  it('answers a fault of ours as the listener is set, a fault of the message always', () => {
    for (const [failure, ours] of [
      ['AR', ['AR']],
      ['AE', ['AE']],
      ['close', []],
      ['none', []],
    ] as const) {
      const policy = { failure };
      const system = compose(answered({ policy }), { outcome: 'system' });
      expect(system.answers.map((a) => a.code)).to.deep.equal(ours);
      expect(system.silent).to.equal(ours.length === 0 ? failure : undefined);
      expect(codes({ policy }, { outcome: 'content' })).to.deep.equal(['AE']);
      expect(codes({ policy }, { outcome: 'refused' })).to.deep.equal(['AR']);
    }
  });

  it('sends a code that the flow insists on, even for a fault of ours', () => {
    const policy = { failure: 'none' } as const;
    expect(codes({ policy }, { outcome: 'refused', exact: 'AR' })).to.deep.equal(['AR']);
    expect(codes({ policy }, { outcome: 'content', exact: 'CE' })).to.deep.equal(['CE']);
    expect(codes({}, { outcome: 'stored', exact: 'CA' })).to.deep.equal(['CA']);
    expect(codes({ accept: 'AL' }, { outcome: 'stored', exact: 'AA' })).to.deep.equal(['CA']);
  });

  it('never answers a message without a control ID positively', () => {
    for (const controlId of ['', '""', '  ']) {
      for (const exact of [undefined, 'AA', 'CA'] as const) {
        const raw = only({ controlId }, { outcome: 'stored', exact });
        expect(field(raw, 'MSA', 1)).to.match(/^[AC]E$/);
        expect(field(raw, 'ERR', 2)).to.equal('MSH^1^10');
      }
    }
  });

  it('keeps an application acknowledgment for a connection of its own, if so set', () => {
    const asked: Asked = { accept: 'AL', application: 'AL', policy: { applicationAck: 'separate' } };
    const composed = compose(answered(asked), { outcome: 'stored' });
    expect(composed.answers.map((a) => a.code)).to.deep.equal(['CA']);
    expect(composed.separate.map((a) => a.code)).to.deep.equal(['AA']);
  });

  it('tells a failure after the commit where it can be told', () => {
    const failed: Outcome = { outcome: 'content', stored: true };
    expect(codes({ accept: 'AL', application: 'AL' }, failed)).to.deep.equal(['CA', 'AE']);
    expect(codes({ accept: 'AL', application: 'er' }, failed)).to.deep.equal(['CA', 'AE']);
    expect(codes({ accept: 'AL', application: 'SU' }, failed)).to.deep.equal(['CE']);
    expect(codes({ accept: 'AL' }, failed)).to.deep.equal(['CE']);
  });

  const faults: Outcome = {
    outcome: 'content',
    text: 'No good',
    errors: [
      { location: 'PID^1^3', code: '101', text: 'Patient ID is missing' },
      { code: 'X7', text: 'House rule', severity: 'W' },
    ],
  };

  it('reports text and faults in MSA-3 and one ERR up to version 2.4', () => {
    const raw = only({ version: '2.3' }, faults);
    expect(field(raw, 'MSA', 3)).to.equal('No good');
    expect(field(raw, 'ERR', 1)).to.equal('PID^1^3^101&Required field missing&HL70357~^^^X7');
    expect(field(raw, 'ERR', 1, 2)).to.equal(undefined);
  });

  it('reports them in MSA-3 and an ERR each in 2.5 and 2.6', () => {
    for (const version of ['2.5', '2.5.1', '2.6']) {
      const raw = only({ version }, faults);
      expect(field(raw, 'MSA', 3)).to.equal('No good');
      expect(field(raw, 'ERR', 2)).to.equal('PID^1^3');
      expect(field(raw, 'ERR', 3)).to.equal('101^Required field missing^HL70357');
      expect(field(raw, 'ERR', 4)).to.equal('E');
      expect(field(raw, 'ERR', 8)).to.equal('Patient ID is missing');
      expect([field(raw, 'ERR', 3, 2), field(raw, 'ERR', 4, 2), field(raw, 'ERR', 5, 2)]).to.deep.equal([
        '207^Application internal error^HL70357',
        'W',
        'X7',
      ]);
    }
  });

  it('reports them in ERR-8 alone from 2.7', () => {
    const raw = only({ version: '2.7' }, faults);
    expect(field(raw, 'MSA', 3) ?? '').to.equal('');
    expect(field(raw, 'ERR', 8)).to.equal('No good: Patient ID is missing');
    expect(field(raw, 'ERR', 8, 2)).to.equal('House rule');
  });

  it('sends a text with a positive answer too, and only the errors that were given with it', () => {
    const raw = only({}, { outcome: 'stored', exact: 'AA', text: 'Thank you', errors: faults.errors?.slice(1) });
    expect([field(raw, 'MSA', 1), field(raw, 'MSA', 3)]).to.deep.equal(['AA', 'Thank you']);
    expect(field(raw, 'ERR', 5)).to.equal('X7');
  });

  it('escapes what would be a separator or a line of its own', () => {
    const raw = only({}, { outcome: 'content', text: 'a|b^c\rMSA|AA|FORGED' }).toString();
    expect(raw).to.contain('a\\F\\b\\S\\c MSA\\F\\AA\\F\\FORGED');
    expect(raw.match(/\rMSA\|/g)).to.have.length(1);
  });

  it('has the bytes of the set that the message came in, and its label', () => {
    const text = 'MÜLLER fehlt';
    const latin = only({ charset: 'iso-8859-1', label: '8859/1' }, { outcome: 'content', text });
    expect(latin.includes(Buffer.from(text, 'latin1'))).to.equal(true);
    expect(field(latin, 'MSH', 18)).to.equal('8859/1');
    const utf8 = only({ charset: 'utf-8', label: 'UNICODE UTF-8' }, { outcome: 'content', text });
    expect(utf8.includes(Buffer.from(text, 'utf8'))).to.equal(true);
    const ascii = only({}, { outcome: 'content', text });
    expect(field(ascii, 'MSA', 3)).to.equal('M?LLER fehlt');
  });

  it('answers what has no usable header, naming nobody', () => {
    const nobody: Answered = { ...answered(), header: undefined, facts: headerFacts(undefined) };
    const [answer] = compose(nobody, { outcome: 'system' }).answers;
    expect([field(answer?.raw ?? '', 'MSA', 1), field(answer?.raw ?? '', 'MSA', 2)]).to.deep.equal(['AR', '']);
    expect(field(answer?.raw ?? '', 'MSH', 3)).to.equal('');
  });
});
