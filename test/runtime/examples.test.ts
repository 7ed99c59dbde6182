import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { field, messageParts } from '../support/hl7-text';
import type { MessageRow } from '../support/log-table';
import { CHARSET_SAMPLES, encoded, type Kind, message, newControlId } from '../support/messages';
import { freePort } from '../support/ports';
import { root } from '../support/require';
import { expectAck, expectRow, Shipped } from '../support/shipped';
import { until } from '../support/wait';

const TLS = join(root, 'test', 'fixtures', 'tls');

describe('shipped examples on a real Node-RED', function () {
  this.timeout(60_000);

  describe('01 - HL7 logger', () => {
    let shipped: Shipped;
    before(async () => {
      shipped = await Shipped.run('01');
    });
    after(() => shipped?.end());

    for (const kind of ['ADT', 'ORU', 'MDM', 'SIU'] as Kind[]) {
      for (const size of [700, 2000, 19_000]) {
        it(`stores and acknowledges ${kind} of about ${size} bytes`, async () => {
          const client = await shipped.connect();
          const sent = message({ kind, size });
          const answer = await client.send(sent);
          expectAck(answer, sent, 'AA');
          const row = await expectRow(shipped.nodeRed.table(), sent, answer);
          expect(row.message_type).to.equal(kind);
          expect(row.text).to.equal(sent);
          await client.end();
        });
      }
    }

    for (const sample of CHARSET_SAMPLES) {
      it(`keeps a message in ${sample.label} byte for byte and readable`, async () => {
        const client = await shipped.connect();
        const sent = encoded(sample);
        const answer = await client.send(sent);
        expectAck(answer, sent, 'AA');
        const row = await expectRow(shipped.nodeRed.table(), sent, answer);
        expect(row.text).to.include(`||${sample.text}||`);
        await client.end();
      });
    }

    it('answers pipelined messages in order, each with its own control ID', async () => {
      const client = await shipped.connect();
      const sent = Array.from({ length: 50 }, (_, i) => message({ size: i % 3 === 0 ? 4000 : undefined }));
      const answers = await client.sendAll(sent, 50);
      for (const [i, answer] of answers.entries()) expectAck(answer, sent[i] as string, 'AA');
      for (const [i, answer] of answers.entries()) await expectRow(shipped.nodeRed.table(), sent[i] as string, answer);
      await client.end();
    });

    it('sends its own test message when its button is pressed', () => shipped.pressButton());

    it('notes when each answer left', async () => {
      await until('every sent_at', async () =>
        (await shipped.nodeRed.table().allAcks()).every((ack) => ack.sent_at !== null),
      );
    });

    it('has warned or failed nowhere', () => {
      // Node-RED's own advice stands in the lines without a node's name.
      expect(shipped.nodeRed.log).to.not.match(/\[(error|warn)\] \[/);
    });
  });

  describe('02 - Keep rejected messages and answer AE', () => {
    let shipped: Shipped;
    before(async () => {
      shipped = await Shipped.run('02');
    });
    after(() => shipped?.end());

    it('stores and accepts a message with a patient identifier', async () => {
      const client = await shipped.connect();
      const sent = message();
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      await expectRow(shipped.nodeRed.table(), sent, answer);
    });

    it('answers AE to a message without PID-3, and keeps it', async () => {
      const client = await shipped.connect();
      const sent = message({ patientId: '' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AE');
      expect(field(answer, 'ERR', 2)).to.equal('PID^1^3');
      expect(field(answer, 'ERR', 3)).to.match(/^101\^/);
      await expectRow(shipped.nodeRed.table(), sent, answer);
    });

    it('answers AE to what mllp in refuses, and keeps it as it came', async () => {
      const client = await shipped.connect();
      const first = message();
      const sent = first + message();
      const answer = await client.send(sent);
      expectAck(answer, first, 'AE');
      const row = (await shipped.nodeRed.table().messages()).find((r) => r.raw.toString() === sent);
      expect(row?.deviations).to.contain('SEVERAL_MESSAGES');
      const acks = await shipped.nodeRed.table().acks((row as MessageRow).id);
      expect(acks.map((ack) => ack.raw.toString())).to.deep.equal([answer.toString()]);
      const begun = `${first.slice(0, 100)}\x0b${message()}`;
      expect(field(await client.send(begun), 'MSA', 1)).to.equal('AE');
      expect((await shipped.nodeRed.table().messages()).some((r) => r.raw.toString() === begun)).to.equal(true);
    });

    it('answers AE to text that is no HL7 message, and keeps it', async () => {
      const client = await shipped.connect();
      const sent = `This is no HL7 message ${newControlId()}`;
      const answer = await client.send(sent);
      expect(field(answer, 'MSH', 1)).to.equal('|');
      expect(field(answer, 'MSA', 1)).to.equal('AE');
      expect(field(answer, 'MSA', 2)).to.equal('');
      const row = (await shipped.nodeRed.table().messages()).find((r) => r.text === sent);
      expect(row, 'a row').to.not.equal(undefined);
      expect(row?.raw.toString()).to.equal(sent);
      const acks = await shipped.nodeRed.table().acks((row as MessageRow).id);
      expect(acks.map((ack) => ack.raw.toString())).to.deep.equal([answer.toString()]);
      // The listener goes on with good messages on the same connection.
      const good = message();
      expectAck(await client.send(good), good, 'AA');
    });
  });

  describe('03 - Filter and route by message type', () => {
    let shipped: Shipped;
    before(async () => {
      shipped = await Shipped.run('03');
    });
    after(() => shipped?.end());

    for (const kind of ['ADT', 'ORU'] as Kind[]) {
      it(`stores ${kind}`, async () => {
        const client = await shipped.connect();
        const sent = message({ kind });
        const answer = await client.send(sent);
        expectAck(answer, sent, 'AA');
        await expectRow(shipped.nodeRed.table(), sent, answer);
      });
    }

    it('refuses SIU with AR and does not store it', async () => {
      const client = await shipped.connect();
      const sent = message({ kind: 'SIU' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AR');
      expect(answer.toString()).to.include('Message type not taken here');
      expect(await shipped.nodeRed.table().byControlId(messageParts(sent).controlId)).to.have.length(0);
    });
  });

  describe('04 - Two listeners, one with TLS', () => {
    const cert = join(TLS, 'server.pem');
    const key = join(TLS, 'server.key.pem');
    let tlsPort: number;
    let shipped: Shipped;

    before(async () => {
      for (const file of [cert, key]) expect(existsSync(file), file).to.equal(true);
      tlsPort = await freePort();
      shipped = await Shipped.run('04', { HL7_MLLP_TLS_PORT: String(tlsPort), HL7_TLS_CERT: cert, HL7_TLS_KEY: key }, [
        tlsPort,
      ]);
    });
    after(() => shipped?.end());

    it('takes a message on the plain listener', async () => {
      const client = await shipped.connect();
      const sent = message();
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      expect((await expectRow(shipped.nodeRed.table(), sent, answer)).listener).to.equal('plain');
    });

    it('takes a message over TLS, with the certificate it was given', async () => {
      const client = await shipped.connect({
        port: tlsPort,
        tls: { ca: readFileSync(join(TLS, 'ca.pem')), servername: 'localhost' },
      });
      const sent = message({ size: 19_000 });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      expect((await expectRow(shipped.nodeRed.table(), sent, answer)).listener).to.equal('with TLS');
    });

    it('closes a plain connection to the TLS listener without an answer', async () => {
      const client = await shipped.connect({ port: tlsPort });
      client.write(`\x0b${message()}\x1c\r`);
      await client.closed;
      expect(client.answers).to.have.length(0);
    });
  });
});
