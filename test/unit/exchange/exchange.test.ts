import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import { type AckPolicy, type Answer, Exchange, LateFault, type StoreRecord } from '../../../nodes/lib/exchange';
import type { RecordedAnswer } from '../../../nodes/lib/exchange/answer';
import type { Pending } from '../../../nodes/lib/exchange/exchange';
import { headerFacts, peekHeader } from '../../../nodes/lib/hl7';
import type { AckCode, Receipt } from '../../../nodes/lib/message-contract';

const RECEIPT: Receipt = {
  id: 7,
  table: 'hl7_messages',
  storedAt: '2026-01-01T00:00:00.000Z',
  duplicate: false,
  deliveries: 1,
  spooled: false,
};

interface Opened {
  exchange: Exchange;
  /** What was sent, each answer as text. */
  sent: string[];
  closed: boolean[];
  settled: number;
}

function open(msh15 = '', msh16 = '', changes: Partial<Pending> = {}, policy: Partial<AckPolicy> = {}): Opened {
  const text = `MSH|^~\\&|A|B|C|D|20260101||ADT^A01|ID1|P|2.5|||${msh15}|${msh16}\r`;
  const header = peekHeader(text);
  const opened: Opened = { exchange: undefined as never, sent: [], closed: [], settled: 0 };
  opened.exchange = new Exchange({
    owner: 'listener',
    where: 'listener (port 2575)',
    header,
    facts: headerFacts(header),
    charset: 'us-ascii',
    charsetLabel: '',
    policy: { mode: 'msh', applicationAck: 'same', failure: 'AR', ...policy },
    send: async (answers, then) => {
      opened.sent.push(...answers.map((raw) => raw.toString()));
      opened.closed.push(then === 'close');
    },
    onSettled: () => {
      opened.settled++;
    },
    ...changes,
  });
  return opened;
}

/** A store that committed the message, with what it does when answers change. */
function stored(answers: Answer[], changes: Partial<StoreRecord> & { sentAt?: Date } = {}) {
  const log: { recorded: Answer[][]; marked: number[] } = { recorded: [], marked: [] };
  const recordOf = (list: Answer[]): RecordedAnswer[] =>
    list.map((answer, i) => ({ ...answer, id: 100 + i, sentAt: changes.sentAt ?? null }));
  const record: StoreRecord = {
    receipt: RECEIPT,
    answers: recordOf(answers),
    record: async (list) => {
      log.recorded.push(list);
      return recordOf(list);
    },
    sent: (ids) => log.marked.push(...ids),
    ...changes,
  };
  return { record, log };
}

const msa = (text: string | undefined): string => /\rMSA\|(\w\w\|[^|\r]*)/.exec(text ?? '')?.[1] ?? 'no MSA';

async function refused(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Hl7Error).code;
  }
  return 'not refused';
}

describe('an exchange', () => {
  it('answers once; a second answer is an error and sends nothing', async () => {
    const { exchange, sent } = open();
    await exchange.answer({});
    expect(sent.map(msa)).to.deep.equal(['AA|ID1']);
    expect(await refused(exchange.answer({ code: 'AE' }))).to.equal('ACK_ALREADY_SENT');
    expect(sent).to.have.length(1);
  });

  it('of two answers at the same time lets the first win', async () => {
    const { exchange, sent } = open();
    const results = await Promise.all([refused(exchange.answer({ code: 'AE' })), refused(exchange.answer({}))]);
    expect(results).to.deep.equal(['not refused', 'ACK_ALREADY_SENT']);
    expect(sent.map(msa)).to.deep.equal(['AE|ID1']);
  });

  it('refuses a positive answer without a store receipt when asked to, and can be answered afterwards', async () => {
    for (const code of [undefined, 'AA', 'CA'] as (AckCode | undefined)[]) {
      const { exchange, sent } = open();
      expect(await refused(exchange.answer({ code, onlyStored: true }))).to.equal('ACK_NOT_STORED');
      expect(sent).to.deep.equal([]);
      await exchange.answer({ code: 'AE', onlyStored: true });
      expect(sent.map(msa)).to.deep.equal(['AE|ID1']);
    }
  });

  it('speaks for the bytes that came in, and for no others', () => {
    const content = Buffer.from('the message');
    const { exchange } = open('', '', { content });
    const tried = [content, Buffer.from('the message'), Buffer.from('another')];
    expect(tried.map((raw) => exchange.isOf(raw))).to.deep.equal([true, true, false]);
    // Of a message whose bytes are not known nothing can be said.
    expect(open().exchange.isOf(content)).to.equal(false);
  });

  it('sends the very bytes that were committed with the message', async () => {
    const { exchange, sent } = open();
    const prepared = exchange.prepare();
    const { record, log } = stored(prepared);
    await exchange.stored(record);
    const answer = await exchange.answer({ onlyStored: true });
    expect(sent).to.deep.equal([prepared[0]?.raw.toString()]);
    expect(log.recorded).to.deep.equal([]);
    expect(log.marked).to.deep.equal([100]);
    expect(answer).to.include({ code: 'AA', repeated: false });
  });

  it('commits another answer than the prepared one before it is sent', async () => {
    const { exchange, sent } = open();
    const { record, log } = stored(exchange.prepare());
    await exchange.stored({
      ...record,
      record: (answers) => {
        expect(sent, 'sent before it was committed').to.deep.equal([]);
        return record.record(answers);
      },
    });
    await exchange.answer({ code: 'AE', text: 'not for us' });
    expect(sent.map(msa)).to.deep.equal(['AE|ID1']);
    expect(log.recorded[0]?.map(({ raw }) => raw.toString())).to.deep.equal(sent);
  });

  it('does not promise what could not be committed', async () => {
    const failing = async (): Promise<never> => {
      throw new Hl7Error('STORE_UNAVAILABLE', 'away');
    };
    const positive = open();
    await positive.exchange.stored({ ...stored(positive.exchange.prepare()).record, record: failing });
    const sent = await positive.exchange.answer({ text: 'own words' });
    expect(positive.sent.map(msa)).to.deep.equal(['AR|ID1']);
    expect(sent.unrecorded?.code).to.equal('STORE_UNAVAILABLE');

    const negative = open();
    await negative.exchange.stored({ ...stored(negative.exchange.prepare()).record, record: failing });
    await negative.exchange.answer({ code: 'AE' });
    expect(negative.sent.map(msa)).to.deep.equal(['AE|ID1']);
  });

  it('is silent, or closes the connection, when its answer could not be committed and the listener is set so', async () => {
    const failing = async (): Promise<never> => {
      throw new Hl7Error('STORE_UNAVAILABLE', 'away');
    };
    for (const failure of ['close', 'none'] as const) {
      const { exchange, sent, closed } = open('', '', {}, { failure });
      await exchange.stored({ ...stored(exchange.prepare()).record, record: failing });
      const { code, unrecorded } = await exchange.answer({ text: 'own words' });
      expect([sent, closed, code]).to.deep.equal([[], [failure === 'close'], '']);
      expect(unrecorded?.code).to.equal('STORE_UNAVAILABLE');
    }
    const separate = open('AL', 'AL', {}, { applicationAck: 'separate' });
    await separate.exchange.stored({ ...stored(separate.exchange.prepare()).record, record: failing });
    const answer = await separate.exchange.answer({ text: 'own words' });
    expect(separate.sent.map(msa).map((one) => one.slice(0, 2))).to.deep.equal(['CE']);
    expect(answer.separate).to.deep.equal([]);
  });

  it('answers a repeated message with the bytes of the first answer', async () => {
    const first = open().exchange.prepare();
    const { exchange, sent } = open();
    exchange.prepare();
    const { record, log } = stored(first, {
      receipt: { ...RECEIPT, duplicate: true, deliveries: 2 },
      sentAt: new Date(),
    });
    await exchange.stored(record);
    const answer = await exchange.answer({});
    expect(sent).to.deep.equal([first[0]?.raw.toString()]);
    expect(answer.repeated).to.equal(true);
    expect(log.recorded).to.deep.equal([]);
  });

  it('does not take back a positive answer that has left', async () => {
    const first = open().exchange.prepare();
    const { exchange, sent } = open();
    await exchange.stored(stored(first, { receipt: { ...RECEIPT, duplicate: true }, sentAt: new Date() }).record);
    await exchange.answer({ code: 'AE' });
    expect(sent).to.deep.equal([first[0]?.raw.toString()]);
  });

  it('replaces a prepared answer that never left when the flow decides otherwise this time', async () => {
    const first = open().exchange.prepare();
    const { exchange, sent } = open();
    const { record, log } = stored(first, { receipt: { ...RECEIPT, duplicate: true } });
    await exchange.stored(record);
    await exchange.answer({ code: 'AE' });
    expect(sent.map(msa)).to.deep.equal(['AE|ID1']);
    expect(log.recorded).to.have.length(1);
  });

  it('keeps the accept acknowledgment when only the application acknowledgment changes', async () => {
    const failed = open('AL', 'AL');
    const prepared = failed.exchange.prepare();
    const { record, log } = stored(prepared);
    await failed.exchange.stored(record);
    failed.exchange.fail(new Hl7Error('FLOW_STOPPED', 'x'));
    await failed.exchange.answer({});
    expect(failed.sent.map(msa)).to.deep.equal(['CA|ID1', 'AR|ID1']);
    expect(failed.sent[0]).to.equal(prepared[0]?.raw.toString());
    expect(log.recorded[0]?.map(({ raw }) => raw.toString())).to.deep.equal(failed.sent);

    const again = open('AL', 'AL');
    const kept = stored(log.recorded[0] ?? [], { receipt: { ...RECEIPT, duplicate: true }, sentAt: new Date() });
    await again.exchange.stored(kept.record);
    await again.exchange.answer({});
    expect(again.sent.map(msa)).to.deep.equal(['CA|ID1', 'AA|ID1']);
    expect(again.sent[0]).to.equal(failed.sent[0]);
    expect(kept.log.recorded[0]?.map(({ raw }) => raw.toString())).to.deep.equal(again.sent);
  });

  it('gives a message that failed a negative answer, by whose fault it was', async () => {
    for (const [fault, code] of [
      ['content', 'AE'],
      ['refused', 'AR'],
      ['system', 'AR'],
    ] as const) {
      const { exchange, sent } = open();
      exchange.fail(new Hl7Error('PARSE_NO_MSH', 'x', { fault, errors: [{ code: '101', location: 'PID^1^3' }] }));
      await exchange.answer({});
      expect(sent.map(msa)).to.deep.equal([`${code}|ID1`]);
      expect(sent[0]).to.contain('\rERR||PID^1^3|101^');
    }
  });

  it('always says why: what the error tells of the message, else a fixed text, and nothing of an exception', async () => {
    const err = (text: string | undefined): string => /\rERR\|([^\r]*)/.exec(text ?? '')?.[1] ?? 'no ERR';
    const content = open();
    content.exchange.fail(new Hl7Error('PARSE_INPUT', 'a secret', { fault: 'content' }));
    await content.exchange.answer({});
    expect(msa(content.sent[0])).to.match(/^AE\|ID1/);
    expect(err(content.sent[0])).to.match(/^\|\|102\^.*\|E\|\|\|\|The content of the message cannot be processed$/);
    expect(content.sent[0]).not.to.contain('secret');
    const refusing = open();
    refusing.exchange.fail(new Hl7Error('PARSE_NO_MSH', 'x', { fault: 'refused' }));
    await refusing.exchange.answer({ code: 'AR' });
    expect(err(refusing.sent[0])).to.match(/^\|\|200\^/);
    for (const code of [undefined, 'AE'] as const) {
      const { exchange, sent } = open();
      await exchange.answer({ code, failed: true });
      expect(err(sent[0])).to.match(/^\|\|207\^.*because of an internal error$/);
    }
    const own = open();
    await own.exchange.answer({ failed: true, errors: [{ code: '101', location: 'PID^1^3' }] });
    expect(own.sent[0]!.match(/\rERR/g)).to.have.length(1);
    expect(err(own.sent[0])).to.match(/^\|PID\^1\^3\|101\^/);
    const decided = open();
    await decided.exchange.answer({ code: 'AE' });
    expect(err(decided.sent[0])).to.equal('no ERR');
  });

  it('writes nothing to the log where nobody asked for an answer', async () => {
    const { exchange, sent } = open('NE', 'NE');
    const { record, log } = stored(exchange.prepare());
    await exchange.stored(record);
    expect(await exchange.answer({})).to.include({ code: '', repeated: false });
    expect([sent, log.recorded, log.marked]).to.deep.equal([[], [], []]);
  });

  it('forgets a failure of the store once the message is stored after all', async () => {
    const { exchange, sent } = open();
    exchange.fail(new Hl7Error('STORE_UNAVAILABLE', 'away'));
    await exchange.stored(stored(exchange.prepare()).record);
    await exchange.answer({ onlyStored: true });
    expect(sent.map(msa)).to.deep.equal(['AA|ID1']);
  });

  it('stays negative when what failed is only kept', async () => {
    const { exchange, sent } = open('AL', '');
    exchange.fail(new Hl7Error('PARSE_INPUT', 'x', { fault: 'content' }));
    await exchange.stored(stored(exchange.prepare()).record);
    await exchange.answer({});
    expect(sent.map(msa)).to.deep.equal(['CE|ID1']);
  });

  it('is silent, or closes the connection, on a fault of ours when the listener is set so', async () => {
    const none = open('', '', {}, { failure: 'none' });
    await none.exchange.answer({ failed: true });
    expect([none.sent, none.closed]).to.deep.equal([[], [false]]);
    const close = open('', '', {}, { failure: 'close' });
    await close.exchange.answer({ failed: true });
    expect([close.sent, close.closed]).to.deep.equal([[], [true]]);
    const content = open('', '', {}, { failure: 'close' });
    content.exchange.fail(new Hl7Error('PARSE_NO_MSH', 'x', { fault: 'content' }));
    await content.exchange.answer({});
    expect([content.sent.map(msa), content.closed]).to.deep.equal([['AE|ID1'], [false]]);
  });

  it('never answers a message without a control ID positively', async () => {
    const text = 'MSH|^~\\&|A|B|C|D|20260101||ADT^A01||P|2.5\r';
    const header = peekHeader(text);
    const { exchange, sent } = open('', '', { header, facts: headerFacts(header) });
    expect(exchange.prepare()).to.deep.equal([]);
    await exchange.stored(stored([]).record);
    await exchange.answer({ code: 'AA' });
    expect(sent.map(msa)).to.deep.equal(['AE|']);
    expect(sent[0]).to.contain('\rERR||MSH^1^10|101^');
    for (const nothing of ['""', ' ']) {
      const other = peekHeader(text.replace('A01||P', `A01|${nothing}|P`));
      expect(open('', '', { header: other, facts: headerFacts(other) }).exchange.prepare()).to.deep.equal([]);
    }
  });

  it('does not answer an unsplit batch as one message', async () => {
    const { exchange, sent } = open('', '', { batch: true });
    expect(exchange.prepare()).to.deep.equal([]);
    expect(await refused(exchange.answer({}))).to.equal('ACK_BATCH');
    await exchange.answer({ failed: true });
    expect(sent.map((text) => msa(text).slice(0, 2))).to.deep.equal(['AR']);
  });

  it('sends accept and application acknowledgment one after the other, or keeps the second for another connection', async () => {
    const same = open('AL', 'AL');
    await same.exchange.answer({});
    expect(same.sent.map(msa)).to.deep.equal(['CA|ID1', 'AA|ID1']);
    const separate = open('AL', 'AL', {}, { applicationAck: 'separate' });
    const sent = await separate.exchange.answer({});
    expect(separate.sent.map(msa)).to.deep.equal(['CA|ID1']);
    expect(sent.separate.map(({ raw }) => msa(raw.toString()))).to.deep.equal(['AA|ID1']);
  });

  it('tells a failure after the commit in the application acknowledgment, or else at all', async () => {
    const both = open('AL', 'AL');
    await both.exchange.stored(stored(both.exchange.prepare()).record);
    await both.exchange.answer({ code: 'AE' });
    expect(both.sent.map(msa)).to.deep.equal(['CA|ID1', 'AE|ID1']);
    const accept = open('AL', '');
    await accept.exchange.stored(stored(accept.exchange.prepare()).record);
    await accept.exchange.answer({ code: 'AE' });
    expect(accept.sent.map(msa)).to.deep.equal(['CE|ID1']);
  });

  it('answers by itself when the message is stored, if so set', async () => {
    const { exchange, sent } = open('', '', { whenStored: true });
    await exchange.stored(stored(exchange.prepare()).record);
    expect(sent.map(msa)).to.deep.equal(['AA|ID1']);
    const errors: string[] = [];
    const gone = open('', '', {
      whenStored: true,
      send: async () => {
        throw new Hl7Error('CONNECTION_CLOSED', 'gone');
      },
      onError: ({ code }) => errors.push(code),
    });
    await gone.exchange.stored(stored(gone.exchange.prepare()).record);
    expect(errors).to.deep.equal(['CONNECTION_CLOSED']);
  });

  it('tells that it is settled once, whatever ended it', async () => {
    const answered = open();
    await answered.exchange.answer({});
    answered.exchange.abandon();
    expect(answered.settled).to.equal(1);
    const abandoned = open();
    abandoned.exchange.abandon();
    abandoned.exchange.abandon();
    expect([abandoned.settled, abandoned.sent]).to.deep.equal([1, []]);
    const failed = open('', '', { send: () => Promise.reject(new Hl7Error('CONNECTION_CLOSED', 'gone')) });
    expect(await refused(failed.exchange.answer({}))).to.equal('CONNECTION_CLOSED');
    expect(failed.settled).to.equal(1);
  });

  describe('of a frame that turns out to be a part', () => {
    const doubtful = new Hl7Error('BYTES_AFTER_END', 'x', {
      fault: 'content',
      errors: [{ code: '100', text: 'A part' }],
    });

    it('is not answered positively any more, whatever the flow says and whatever was stored', async () => {
      for (const code of [undefined, 'AA', 'CA'] as (AckCode | undefined)[]) {
        for (const [msh15, msh16] of [
          ['', ''],
          ['AL', 'AL'],
          ['AL', 'NE'],
        ] as const) {
          const late = new LateFault();
          const { exchange, sent } = open(msh15, msh16, { late });
          const { record, log } = stored(exchange.prepare());
          await exchange.stored(record);
          late.add(doubtful);
          expect(exchange.prepare()).to.deep.equal([]);
          await exchange.answer({ code });
          expect(sent).to.not.deep.equal([]);
          expect(sent.map(msa).join()).to.match(/^[AC]E\|ID1(,[AC]E\|ID1)*$/);
          expect(
            log.recorded
              .at(-1)
              ?.map((answer) => answer.code)
              .join(),
          ).to.match(/^[AC]E/);
        }
      }
      const late = new LateFault();
      late.add(doubtful);
      const refusedByFlow = open('', '', { late });
      await refusedByFlow.exchange.answer({ code: 'AR', text: 'no' });
      expect(refusedByFlow.sent.map(msa)).to.deep.equal(['AR|ID1']);
    });

    it('is not answered by the positive answer of an earlier delivery', async () => {
      const late = new LateFault();
      const { exchange, sent } = open('', '', { late, whenStored: true });
      const { record } = stored(open().exchange.prepare(), {
        receipt: { ...RECEIPT, duplicate: true },
        sentAt: new Date(),
      });
      late.add(doubtful);
      await exchange.stored(record);
      expect(sent.map(msa)).to.deep.equal(['AE|ID1']);
    });

    it('is not answered positively when that is seen while the answer is written to the log', async () => {
      const late = new LateFault();
      const { exchange, sent } = open('', '', { late });
      const recorded: string[] = [];
      const { record } = stored([], {
        record: async (list) => {
          recorded.push(...list.map((answer) => answer.code));
          late.add(doubtful);
          return list.map((answer, id) => ({ ...answer, id, sentAt: null }));
        },
      });
      await exchange.stored(record);
      await exchange.answer({ text: 'fine' });
      expect(sent.map(msa)).to.deep.equal(['AE|ID1']);
      expect(recorded).to.deep.equal(['AA', 'AE']);
    });

    it('has its rows marked, those that are stored later, too', async () => {
      const late = new LateFault();
      const marked: string[] = [];
      const of = (name: string) =>
        stored([], { addDeviation: (code) => marked.push(`${name} ${code}`) as unknown as undefined }).record;
      await open('', '', { late }).exchange.stored(of('before'));
      expect(marked).to.deep.equal([]);
      late.add(doubtful);
      await open('', '', { late }).exchange.stored(of('after'));
      expect(marked).to.deep.equal(['before BYTES_AFTER_END', 'after BYTES_AFTER_END']);
    });
  });
});
