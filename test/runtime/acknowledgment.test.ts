import { expect } from 'chai';
import { ACK_MODES } from '../support/ack-modes';
import { FlowFile } from '../support/flows';
import { field, messageParts } from '../support/hl7-text';
import { message, newControlId } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { CleanUp } from '../support/temp';
import { until } from '../support/wait';

describe('acknowledgments of a running Node-RED', function () {
  this.timeout(60_000);
  const cleanUp = new CleanUp();
  const port: Record<string, number> = {};
  let nodeRed: NodeRed;

  async function connect(listener: string): Promise<MllpClient> {
    const client = await MllpClient.connect({ port: port[listener] as number });
    cleanUp.add(() => client.destroy());
    return client;
  }

  /** Sends a message and a plain one after it; gives the answers that came before the plain one's. */
  async function answersTo(client: MllpClient, sent: string): Promise<Buffer[]> {
    const last = message();
    client.write(`\x0b${sent}\x1c\r`);
    client.write(`\x0b${last}\x1c\r`);
    const answers: Buffer[] = [];
    for (;;) {
      const answer = await client.next();
      if (messageParts(answer).acknowledges === messageParts(last).controlId) return answers;
      answers.push(answer);
    }
  }

  before(async () => {
    const names = [
      'standard',
      'broken',
      'whenStored',
      'receipt',
      'never',
      'lost',
      'lostAE',
      'lostClose',
      'caught',
      'unstored',
      'twice',
      'own',
    ];
    for (const name of names) port[name] = await freePort();
    const at = (name: string): number => port[name] as number;
    const file = new FlowFile();
    const database = file.database();
    const tab = (name: string) => file.tab(name, database);

    const standard = tab('standard');
    standard.mllpIn(at('standard'), [standard.parse([standard.store([standard.ackOut()])])]);

    // One of our own nodes fails for messages that say so in MSH-4; nothing catches it, and the time to answer is long.
    const broken = tab('broken');
    const parse = broken.parse([broken.store([broken.ackOut()])]);
    const spoil = broken.func("if (msg.hl7.sendingFacility === 'BROKEN') msg.payload = 42;\nreturn msg;", [parse]);
    broken.mllpIn(at('broken'), [spoil], { timeout: '60' });

    const whenStored = tab('whenStored');
    whenStored.mllpIn(at('whenStored'), [whenStored.store([])], { acknowledge: 'stored' });
    const receipt = tab('receipt');
    receipt.mllpIn(at('receipt'), [], { acknowledge: 'receipt' });
    const never = tab('never');
    never.mllpIn(at('never'), [never.store([])], { acknowledge: 'never' });

    for (const [name, onFailure] of [
      ['lost', 'AR'],
      ['lostAE', 'AE'],
      ['lostClose', 'close'],
    ] as const) {
      const lost = tab(name);
      lost.catcher();
      lost.mllpIn(at(name), [lost.func('return null;', [])], { timeout: '1', onFailure });
    }

    const caught = tab('caught');
    caught.catcher([caught.ackOut()]);
    const bad = caught.parse([caught.store([caught.ackOut()])]);
    caught.mllpIn(at('caught'), [bad], { timeout: '60' });

    const unstored = tab('unstored');
    unstored.mllpIn(at('unstored'), [unstored.ackOut()], { timeout: '60' });

    const twice = tab('twice');
    const second = twice.ackOut();
    twice.catcher([], [second]);
    twice.mllpIn(at('twice'), [twice.store([twice.ackOut([second])])]);

    const own = tab('own');
    own.mllpIn(at('own'), [own.store([own.ackOut()])], { identity: 'own', application: 'LOGGER', facility: 'HERE' });

    nodeRed = await NodeRed.start({ flows: file.nodes, ports: Object.values(port) });
    cleanUp.add(() => nodeRed.dispose());
  });
  after(() => cleanUp.run());

  describe('by MSH-15 and MSH-16', () => {
    for (const { acceptAck, applicationAck, stored, content } of ACK_MODES) {
      const asked = `${acceptAck || 'empty'}/${applicationAck || 'empty'}`;
      it(`${asked}: ${stored.join(' then ') || 'nothing'} for a stored message`, async () => {
        const client = await connect('standard');
        const sent = message({ acceptAck, applicationAck });
        const answers = await answersTo(client, sent);
        expect(answers.map((answer) => messageParts(answer).code)).to.deep.equal(stored);
        for (const answer of answers) {
          expect(messageParts(answer).acknowledges).to.equal(messageParts(sent).controlId);
        }
        const [row] = await nodeRed.table().byControlId(messageParts(sent).controlId);
        expect(row?.raw.toString()).to.equal(sent);
        const acks = await nodeRed.table().acks(row?.id ?? 0);
        expect(acks.map((ack) => ack.raw.toString())).to.deep.equal(answers.map((answer) => answer.toString()));
        client.destroy();
      });

      it(`${asked}: ${content.join(' then ') || 'nothing'} at once for a message that failed`, async () => {
        const client = await connect('broken');
        const sent = message({ acceptAck, applicationAck, sendingFacility: 'BROKEN' });
        const answers = await answersTo(client, sent);
        expect(answers.map((answer) => messageParts(answer).code)).to.deep.equal(content);
        expect(await nodeRed.table().byControlId(messageParts(sent).controlId)).to.have.length(0);
        client.destroy();
      });
    }
  });

  describe('a message that comes again', () => {
    it('gets the same answer, byte for byte, and no second row', async () => {
      const sent = message();
      const first = await connect('standard');
      const answer = await first.send(sent);
      expect(messageParts(answer).code).to.equal('AA');
      expect((await first.send(sent)).equals(answer), 'on the same connection').to.equal(true);
      const other = await connect('standard');
      expect((await other.send(sent)).equals(answer), 'on another connection').to.equal(true);
      const rows = await nodeRed.table().byControlId(messageParts(sent).controlId);
      expect(rows.map((row) => row.deliveries)).to.deep.equal([3]);
      expect(await nodeRed.table().acks(rows[0]?.id ?? 0)).to.have.length(1);
    });

    it('is another message when only its control ID is the same: stored, flagged and accepted', async () => {
      const client = await connect('standard');
      const controlId = newControlId();
      const [one, two] = [message({ controlId }), message({ controlId, name: 'OTHER^SAMPLE' })];
      expect(messageParts(await client.send(one)).code).to.equal('AA');
      expect(messageParts(await client.send(two)).code).to.equal('AA');
      const rows = await nodeRed.table().byControlId(controlId);
      expect(rows.map((row) => row.raw.toString())).to.deep.equal([one, two]);
      expect(rows.map((row) => (row.deviations ?? '').includes('CONTROL_ID_REUSED'))).to.deep.equal([false, true]);
    });
  });

  describe('a message at fault', () => {
    it('without MSH-10 is kept and answered AE 101, never AA', async () => {
      const client = await connect('standard');
      const sent = message({ controlId: '', name: `NOID${newControlId()}^SAMPLE` });
      const answer = await client.send(sent);
      expect(messageParts(answer).code).to.equal('AE');
      expect(field(answer, 'MSA', 2)).to.equal('');
      expect(field(answer, 'ERR', 2)).to.equal('MSH^1^10');
      expect(field(answer, 'ERR', 3)).to.match(/^101\^/);
      const rows = (await nodeRed.table().messages()).filter((row) => row.text === sent);
      expect(rows).to.have.length(1);
      const acks = await nodeRed.table().acks(rows[0]?.id ?? 0);
      expect(acks.map((ack) => ack.raw.toString())).to.deep.equal([answer.toString()]);
    });

    it('that is no HL7 at all gets an acknowledgment a machine can read', async () => {
      const client = await connect('standard');
      const answer = await client.send('GARBAGE that nobody understands');
      expect(answer.toString()).to.match(/^MSH\|\^~\\&\|/);
      expect(messageParts(answer).code).to.equal('AE');
      expect(field(answer, 'MSH', 9)).to.match(/^ACK/);
      expect(answer.toString()).to.not.include('GARBAGE');
    });

    it('with two MSH in one frame gets one AE, and neither is taken as accepted', async () => {
      const client = await connect('standard');
      const [one, two] = [message(), message()];
      const answers = await answersTo(client, one + two);
      expect(answers.map((answer) => messageParts(answer).code)).to.deep.equal(['AE']);
      for (const sent of [one, two]) {
        const rows = await nodeRed.table().byControlId(messageParts(sent).controlId);
        for (const row of rows)
          expect((await nodeRed.table().acks(row.id)).map((ack) => ack.code)).to.not.include('AA');
      }
    });

    it('that is an acknowledgment itself is not answered', async () => {
      const client = await connect('standard');
      const ack = `MSH|^~\\&|A|B|C|D|20260401101500||ACK^A01^ACK|${newControlId()}|P|2.5.1\rMSA|AA|4711\r`;
      expect(await answersTo(client, ack)).to.have.length(0);
    });

    it('in a batch: each message is stored and answered, in one frame', async () => {
      const client = await connect('standard');
      const [one, two] = [message(), message({ kind: 'ORU' })];
      const batch = `BHS|^~\\&|SENDER|WARD|HL7LOGGER|HOSPITAL|20260401101500||||BATCH1\r${one}${two}BTS|2\r`;
      const answers = await answersTo(client, batch);
      expect(answers).to.have.length(1);
      const acknowledged = messageParts(answers[0] as Buffer)
        .segments.filter(([name]) => name === 'MSA')
        .map((msa) => [msa[1], msa[2]]);
      const ids = [one, two].map((sent) => messageParts(sent).controlId);
      expect(acknowledged).to.deep.equal(ids.map((id) => ['AA', id]));
      for (const [i, sent] of [one, two].entries()) {
        const rows = await nodeRed.table().byControlId(ids[i] as string);
        expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
      }
    });
  });

  describe('ways of acknowledging', () => {
    it('by itself as soon as a store has the message', async () => {
      const client = await connect('whenStored');
      const sent = message();
      const answer = await client.send(sent);
      expect(messageParts(answer).code).to.equal('AA');
      const rows = await nodeRed.table().byControlId(messageParts(sent).controlId);
      expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
      const acks = await nodeRed.table().acks(rows[0]?.id ?? 0);
      expect(acks.map((ack) => ack.raw.toString())).to.deep.equal([answer.toString()]);
    });

    it('on receipt, when the user wants it so', async () => {
      const client = await connect('receipt');
      expect(messageParts(await client.send(message())).code).to.equal('AA');
    });

    it('never, when the user wants it so: stored without an answer', async () => {
      const client = await connect('never');
      const sent = message();
      client.write(`\x0b${sent}\x1c\r`);
      await until(
        'the row',
        async () => (await nodeRed.table().byControlId(messageParts(sent).controlId)).length === 1,
      );
      await client.end();
      expect(client.answers).to.have.length(0);
    });

    it('with an identity of our own', async () => {
      const client = await connect('own');
      const answer = await client.send(message());
      expect(messageParts(answer).code).to.equal('AA');
      expect([field(answer, 'MSH', 3), field(answer, 'MSH', 4)]).to.deep.equal(['LOGGER', 'HERE']);
    });
  });

  describe('a flow that makes a mistake', () => {
    for (const [name, code] of [
      ['lost', 'AR'],
      ['lostAE', 'AE'],
    ] as const) {
      it(`throws the message away: ${code} by the listener's policy after its time`, async () => {
        const client = await connect(name);
        const sent = message();
        const answer = await client.send(sent);
        expect(messageParts(answer).code).to.equal(code);
        expect(messageParts(answer).acknowledges).to.equal(messageParts(sent).controlId);
        await nodeRed.logged(new RegExp(`CAUGHT ${name} ACK_TIMEOUT`));
      });
    }

    it('throws the message away: the connection is closed where the policy says so', async () => {
      const client = await connect('lostClose');
      client.write(`\x0b${message()}\x1c\r`);
      await client.closed;
      expect(client.answers).to.have.length(0);
    });

    it('fails, and a Catch node leads to ack out: AE', async () => {
      const client = await connect('caught');
      const answer = await client.send(`NOT HL7 ${newControlId()}`);
      expect(messageParts(answer).code).to.equal('AE');
      await nodeRed.logged(/CAUGHT caught PARSE_/);
      const good = message();
      expect(messageParts(await client.send(good)).code).to.equal('AA');
    });

    it('has no db store: never AA, and the sender knows at once', async () => {
      const client = await connect('unstored');
      expect(messageParts(await client.send(message())).code).to.match(/^A[ER]$/);
    });

    it('answers twice: the second ack out is an error, the sender gets one answer', async () => {
      const client = await connect('twice');
      const answers = await answersTo(client, message());
      expect(answers.map((answer) => messageParts(answer).code)).to.deep.equal(['AA']);
      await nodeRed.logged(/CAUGHT twice ACK_ALREADY_SENT/);
    });
  });
});
