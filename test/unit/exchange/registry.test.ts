import { expect } from 'chai';
import { type ErrorDetail, Hl7Error } from '../../../nodes/lib/errors';
import { type Exchange, LateFault, type Part, unanswered } from '../../../nodes/lib/exchange';
import type { SentAnswer } from '../../../nodes/lib/exchange/answer';
import type { Pending } from '../../../nodes/lib/exchange/exchange';
import { ExchangeRegistry } from '../../../nodes/lib/exchange/registry';
import { headerFacts, peekHeader } from '../../../nodes/lib/hl7';
import { atOnce } from '../../../nodes/lib/util';
import { until, within } from '../../support/wait';

/** What a listener was given to send: each frame as text, and what became of the connection. */
interface Wire {
  frames: string[];
  after: string[];
}

function part(controlId: string): Part {
  const header = peekHeader(`MSH|^~\\&|A|B|C|D|20260101||ADT^A01|${controlId}|P|2.5\r`);
  return { header, facts: headerFacts(header), charset: 'us-ascii', charsetLabel: '' };
}

function pending(changes: Partial<Pending> = {}): { pending: Pending; wire: Wire } {
  const wire: Wire = { frames: [], after: [] };
  return {
    wire,
    pending: {
      owner: 'in1',
      where: 'listener (port 2575)',
      ...part('ID1'),
      policy: { mode: 'msh', applicationAck: 'same', failure: 'AR' },
      send: async (answers, then) => {
        wire.frames.push(...answers.map((raw) => raw.toString()));
        wire.after.push(then);
      },
      ...changes,
    },
  };
}

const never = (): never => {
  throw new Error('the time ran out, which this test does not expect');
};

/** The MSA segments of a text, in order: `AA|ID1`. */
const msas = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/\rMSA\|(\w\w\|[^|\r]*)/g)].map((m) => m[1] ?? '');

const joined = (answers: Buffer[][]): Buffer => Buffer.concat(answers.flat());

function thrown(run: () => unknown): Hl7Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Hl7Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

async function rejected(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'not refused',
    (error: Hl7Error) => error.code,
  );
}

describe('the registry of exchanges', () => {
  let registry: ExchangeRegistry;
  beforeEach(() => {
    registry = new ExchangeRegistry();
  });

  it('finds an exchange by its id until it is settled', async () => {
    const told: (SentAnswer | undefined)[] = [];
    const { pending: waiting } = pending({ onSettled: (sent) => told.push(sent) });
    const exchange = registry.open(waiting, 0, never);
    expect(registry.find(exchange.id)).to.equal(exchange);
    expect(registry.of({ type: 'mllp', id: exchange.id })).to.equal(exchange);
    expect(registry.size).to.equal(1);
    await exchange.answer({});
    expect(registry.find(exchange.id)).to.equal(undefined);
    expect(registry.size).to.equal(0);
    expect(told.map((sent) => sent?.code)).to.deep.equal(['AA']);
  });

  it('keeps an exchange whose answer could not be made, so that it can be answered otherwise', async () => {
    const { pending: waiting, wire } = pending();
    const exchange = registry.open(waiting, 0, never);
    const errors = [null as unknown as ErrorDetail];
    const failed = await exchange.answer({ code: 'AE', errors }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(TypeError);
    expect([exchange.settled, registry.size]).to.deep.equal([false, 1]);
    await exchange.answer({ failed: true });
    expect(msas(wire.frames[0])).to.deep.equal(['AR|ID1']);
  });

  it('gives each exchange an id that cannot be guessed', () => {
    const ids = [1, 2, 3].map(() => registry.open(pending().pending, 0, never).id);
    expect(new Set(ids).size).to.equal(3);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{24}$/);
  });

  it('says what is wrong with a session that is none of ours', () => {
    const { id } = registry.open(pending().pending, 0, never);
    for (const session of [undefined, null, 'x', {}, { type: 'tcp', id }, { type: 'mllp' }, { type: 'mllp', id: 5 }]) {
      const error = thrown(() => registry.of(session));
      expect(error.code).to.equal('ACK_NO_SESSION');
      expect(error.message).to.contain('Function node');
    }
  });

  it('takes a session it does not know as one that was answered', async () => {
    const exchange = registry.open(pending().pending, 0, never);
    await exchange.answer({});
    expect(thrown(() => registry.of({ type: 'mllp', id: exchange.id })).code).to.equal('ACK_ALREADY_SENT');
  });

  it('tells when the time ran out; the late one can be answered, once', async () => {
    const { pending: waiting, wire } = pending();
    const late = await within('the time-out', new Promise<Exchange>((resolve) => registry.open(waiting, 5, resolve)));
    await late.answer({ failed: true });
    expect(msas(wire.frames[0])).to.deep.equal(['AR|ID1']);
    expect(await rejected(late.answer({}))).to.equal('ACK_ALREADY_SENT');
    expect(registry.size).to.equal(0);
  });

  it('does not tell of the time when the exchange was settled before', async () => {
    const late: string[] = [];
    const first = registry.open(pending().pending, 5, () => late.push('first'));
    await first.answer({});
    // The second was opened later with the same time: when it is told, the first would have been.
    await within('the time-out', new Promise<void>((resolve) => registry.open(pending().pending, 5, () => resolve())));
    expect(late).to.deep.equal([]);
  });

  it('gives up the exchanges of one listener, and only those', async () => {
    const mine = pending();
    const other = pending({ owner: 'in2' });
    const exchange = registry.open(mine.pending, 10_000, never);
    registry.open(mine.pending, 0, never);
    const kept = registry.open(other.pending, 0, never);
    registry.abandon('in1');
    expect(registry.size).to.equal(1);
    expect(mine.wire).to.deep.equal({ frames: [], after: ['keep', 'keep'] });
    expect(await rejected(exchange.answer({}))).to.equal('ACK_ALREADY_SENT');
    await kept.answer({});
    expect(msas(other.wire.frames[0])).to.deep.equal(['AA|ID1']);
  });

  it('shortens the time of one listener, never lengthens it', async () => {
    const told: string[] = [];
    const report =
      (name: string) =>
      (exchange: Exchange, ms: number, shortened: boolean): void => {
        told.push(name);
        texts.push(unanswered('in1', ms, shortened).message);
        exchange.abandon();
      };
    const texts: string[] = [];
    const long = registry.open(pending().pending, 60_000, report('long'));
    registry.open(pending().pending, 10, report('short'));
    const untimed = registry.open(pending().pending, 0, never);
    const other = registry.open(pending({ owner: 'in2' }).pending, 60_000, never);
    registry.shorten('in1', 20_000);
    await until('the short one is told at its own time', () => told.includes('short'));
    expect(told).to.deep.equal(['short']);
    registry.shorten('in1', 1);
    await until('the long one is told', () => told.includes('long'));
    expect(long.settled).to.equal(true);
    expect(texts[0]).to.contain('not answered within 0.01 s. See that every path');
    expect(texts[1]).to.contain('on its way when flows were deployed, and not answered within 0.001 s of that');
    expect([untimed.settled, other.settled]).to.deep.equal([false, false]);
    registry.abandon('in1');
    registry.abandon('in2');
    expect(registry.size).to.equal(0);
  });

  describe('splitting a batch', () => {
    it('whose frame turns out to be a part answers nothing, and closes the connection', async () => {
      const registry = new ExchangeRegistry();
      const late = new LateFault();
      const { pending: one, wire } = pending({ batch: true, late });
      const whole = registry.open(one, 0, never);
      const ids = atOnce(registry.splitting(whole.id, [part('P1'), part('P2')], joined));
      const first = rejected(registry.find(ids[0] ?? '')!.answer({}));
      late.add(new Hl7Error('BYTES_AFTER_END', 'x', { fault: 'content' }));
      const second = rejected(registry.find(ids[1] ?? '')!.answer({}));
      expect([await first, await second]).to.deep.equal(['BYTES_AFTER_END', 'BYTES_AFTER_END']);
      expect(wire).to.deep.equal({ frames: [], after: ['close'] });
      expect(registry.size).to.equal(0);
    });

    const open = (changes: Partial<Pending> = {}, timeoutMs = 0, onTimeout: (e: Exchange) => void = never) => {
      const { pending: waiting, wire } = pending({ batch: true, ...changes });
      const whole = registry.open(waiting, timeoutMs, onTimeout);
      const split = (...ids: string[]): Exchange[] =>
        atOnce(registry.splitting(whole.id, ids.map(part), joined)).map((id) => registry.find(id ?? '') as Exchange);
      return { whole, wire, split };
    };

    it('sends one frame when all are answered, in the order of the messages', async () => {
      const settled: unknown[] = [];
      const { whole, wire, split } = open({ onSettled: (sent) => settled.push(sent) });
      const [a, b, c] = split('P1', 'P2', 'P3') as [Exchange, Exchange, Exchange];
      expect(whole.settled).to.equal(true);
      const answers = [c.answer({}), a.answer({})];
      expect([wire.frames, settled]).to.deep.equal([[], []]);
      answers.push(b.answer({ code: 'AE' }));
      const codes = (await Promise.all(answers)).map(({ code }) => code);
      expect(codes).to.deep.equal(['AA', 'AA', 'AE']);
      expect(wire.frames).to.have.length(1);
      expect(msas(wire.frames[0])).to.deep.equal(['AA|P1', 'AE|P2', 'AA|P3']);
      expect(wire.after).to.deep.equal(['keep']);
      expect(settled).to.have.length(1);
      expect(registry.size).to.equal(0);
    });

    it('does not tell a message of a batch that it was answered before its answer has left', async () => {
      const { split } = open();
      const [a, b] = split('P1', 'P2') as [Exchange, Exchange];
      let told = false;
      const first = a.answer({}).then(() => {
        told = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(told).to.equal(false);
      await b.answer({});
      await first;
      expect(told).to.equal(true);
    });

    it('lets each message be answered positively by itself, although the batch as one could not', async () => {
      const { split, wire } = open();
      const [only] = split('P1') as [Exchange];
      expect(only.prepare().map(({ code }) => code)).to.deep.equal(['AA']);
      await only.answer({});
      expect(msas(wire.frames[0])).to.deep.equal(['AA|P1']);
    });

    it('keeps the listener as the owner of each message, so that it can give them up, and answers none of them then', async () => {
      const { split, wire } = open();
      const [a, b] = split('P1', 'P2') as [Exchange, Exchange];
      const answered = rejected(a.answer({}));
      registry.abandon('in1');
      expect(await answered).to.equal('CONNECTION_CLOSED');
      expect(b.settled).to.equal(true);
      expect(wire).to.deep.equal({ frames: [], after: ['keep'] });
      expect(registry.size).to.equal(0);
    });

    it('has no exchange for a message that is not to be answered', async () => {
      const { whole, wire } = open();
      const ids = atOnce(registry.splitting(whole.id, [part('P1'), undefined], joined));
      expect(ids[1]).to.equal(undefined);
      await registry.find(ids[0] ?? '')?.answer({});
      expect(msas(wire.frames[0])).to.deep.equal(['AA|P1']);

      const settled: unknown[] = [];
      const none = open({ onSettled: (sent) => settled.push(sent) });
      expect(atOnce(registry.splitting(none.whole.id, [undefined, undefined], joined))).to.deep.equal([
        undefined,
        undefined,
      ]);
      expect([none.wire, settled]).to.deep.equal([{ frames: [], after: ['keep'] }, [undefined]]);
      expect(registry.size).to.equal(0);
    });

    it('goes on when the time of one message runs out', async () => {
      const late: Exchange[] = [];
      const { split, wire } = open({}, 20, (exchange) => {
        late.push(exchange);
        exchange.answer({ failed: true }).catch(never);
      });
      const [a, b] = split('P1', 'P2') as [Exchange, Exchange];
      await a.answer({});
      expect(late).to.deep.equal([b]);
      expect(msas(wire.frames[0])).to.deep.equal(['AA|P1', 'AR|P2']);
    });

    it('stops the time of the batch itself', async () => {
      const late: Exchange[] = [];
      const { whole, split } = open({}, 5, (exchange) => {
        late.push(exchange);
        exchange.abandon();
      });
      const [a] = split('P1') as [Exchange];
      await until('the time of the message', () => late.length > 0);
      expect(late).to.deep.equal([a]);
      expect(late).to.not.include(whole);
    });

    it('sends nothing when no message has an answer, and closes when one of them closes', async () => {
      const silent = open({ policy: { mode: 'msh', applicationAck: 'same', failure: 'none' } });
      const none = silent.split('P1', 'P2');
      await Promise.all(none.map((exchange) => exchange.answer({ failed: true })));
      expect(silent.wire).to.deep.equal({ frames: [], after: ['keep'] });

      const closing = open({ policy: { mode: 'msh', applicationAck: 'same', failure: 'close' } });
      const [a, b] = closing.split('P1', 'P2') as [Exchange, Exchange];
      await Promise.all([a.answer({ failed: true }), b.answer({})]);
      expect(closing.wire.after).to.deep.equal(['close']);
      expect(msas(closing.wire.frames[0])).to.deep.equal(['AA|P2']);
    });

    it('tells every message when the frame could not be sent', async () => {
      const { split } = open({ send: () => Promise.reject(new Hl7Error('CONNECTION_CLOSED', 'gone')) });
      const parts = split('P1', 'P2');
      const codes = await Promise.all(parts.map((exchange) => rejected(exchange.answer({}))));
      expect(codes).to.deep.equal(['CONNECTION_CLOSED', 'CONNECTION_CLOSED']);
      expect(registry.size).to.equal(0);
    });

    it('tells every message when the frame could not be made', async () => {
      const { pending: waiting, wire } = pending({ batch: true });
      const whole = registry.open(waiting, 0, never);
      const ids = atOnce(
        registry.splitting(whole.id, [part('P1'), part('P2')], () => {
          throw new Hl7Error('BATCH_STRAY', 'cannot be combined');
        }),
      );
      const codes = await Promise.all(ids.map((id) => rejected((registry.find(id ?? '') as Exchange).answer({}))));
      expect(codes).to.deep.equal(['BATCH_STRAY', 'BATCH_STRAY']);
      expect(wire).to.deep.equal({ frames: [], after: ['close'] });
    });

    it('cannot split what was answered, or split already', async () => {
      const { whole, split } = open();
      split('P1');
      expect(thrown(() => atOnce(registry.splitting(whole.id, [part('P1')], joined))).code).to.equal(
        'ACK_ALREADY_SENT',
      );
      expect(thrown(() => whole.handOver()).code).to.equal('ACK_ALREADY_SENT');
      const other = open();
      await other.whole.answer({ failed: true });
      expect(thrown(() => other.split('P1')).code).to.equal('ACK_ALREADY_SENT');
    });
  });
});
