import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DialectName, ServerOptions } from '../../nodes/lib/store/types';
import { type TestDatabase, testDatabases } from '../support/databases';
import { example } from '../support/flows';
import { field, messageParts } from '../support/hl7-text';
import { type AckRow, type LogReader, type MessageRow, query } from '../support/log-table';
import { CHARSET_SAMPLES, encoded, type Kind, message, newControlId } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { needs, root } from '../support/require';
import { CleanUp } from '../support/temp';
import { until } from '../support/wait';

const TLS = join(root, 'test', 'fixtures', 'tls');

/** The acknowledgment, field by field, against the message it answers. */
function expectAck(answer: Buffer, sent: Buffer | string, code: string): void {
  const at = (segment: string, n: number): string | undefined => field(answer, segment, n);
  expect(answer.at(-1), 'ends with CR').to.equal(0x0d);
  expect(at('MSH', 1)).to.equal('|');
  expect(at('MSH', 2)).to.equal(field(sent, 'MSH', 2));
  expect(at('MSH', 3), 'MSH-3').to.equal(field(sent, 'MSH', 5));
  expect(at('MSH', 4), 'MSH-4').to.equal(field(sent, 'MSH', 6));
  expect(at('MSH', 5), 'MSH-5').to.equal(field(sent, 'MSH', 3));
  expect(at('MSH', 6), 'MSH-6').to.equal(field(sent, 'MSH', 4));
  expect(at('MSH', 7), 'MSH-7').to.match(/^\d{14}/);
  const event = field(sent, 'MSH', 9)?.split('^')[1];
  expect(at('MSH', 9), 'MSH-9').to.equal(`ACK^${event}^ACK`);
  expect(at('MSH', 10), 'MSH-10').to.match(/^.{1,20}$/);
  expect(at('MSH', 10), 'MSH-10').to.not.equal(field(sent, 'MSH', 10));
  expect(at('MSH', 11), 'MSH-11').to.equal(field(sent, 'MSH', 11));
  expect(at('MSH', 12), 'MSH-12').to.equal(field(sent, 'MSH', 12));
  expect(at('MSA', 1), 'MSA-1').to.equal(code);
  expect(at('MSA', 2), 'MSA-2').to.equal(field(sent, 'MSH', 10));
}

/** The one row of a message, byte for byte, and the one answer that the log holds for it. */
async function expectRow(table: LogReader, sent: Buffer | string, answer: Buffer): Promise<MessageRow> {
  const bytes = Buffer.from(sent);
  const rows = await table.byControlId(messageParts(bytes).controlId);
  expect(rows).to.have.length(1);
  const row = rows[0] as MessageRow;
  expect(row.raw.equals(bytes), 'the bytes in the log are those that were sent').to.equal(true);
  expect(row.size).to.equal(bytes.length);
  const acks = await table.acks(row.id);
  expect(acks).to.have.length(1);
  const ack = acks[0] as AckRow;
  expect(ack.raw.equals(answer), 'the answer in the log is the one that was sent').to.equal(true);
  expect(ack.code).to.equal(messageParts(answer).code);
  expect(ack.control_id).to.equal(messageParts(answer).controlId);
  return row;
}

describe('shipped examples on a real Node-RED', function () {
  this.timeout(60_000);
  let cleanUp: CleanUp;
  let nodeRed: NodeRed;
  let port: number;

  /** @param properties what the database of the example is to have instead */
  async function run(
    number: string,
    env: Record<string, string> = {},
    ports: number[] = [],
    properties: Record<string, unknown> = {},
  ): Promise<void> {
    cleanUp = new CleanUp();
    port = await freePort();
    nodeRed = await NodeRed.start({
      flows: example(number).map((node) => (node.type === 'hl7-database' ? { ...node, ...properties } : node)),
      env: { HL7_MLLP_PORT: String(port), ...env },
      ports: [port, ...ports],
    });
    cleanUp.add(() => nodeRed.dispose());
  }

  async function connect(options: Partial<Parameters<typeof MllpClient.connect>[0]> = {}): Promise<MllpClient> {
    const client = await MllpClient.connect({ port, ...options });
    cleanUp.add(() => client.destroy());
    return client;
  }

  async function pressButton(number: string): Promise<void> {
    const inject = example(number).find((node) => node.type === 'inject');
    const before = await nodeRed.table().count();
    // The button in the editor does this. Its answer is plain text.
    const pressed = await fetch(`http://127.0.0.1:${nodeRed.adminPort}/inject/${inject?.id}`, { method: 'POST' });
    expect(pressed.status).to.equal(200);
    await until('the test message in the log', async () => (await nodeRed.table().count()) === before + 1);
    const row = (await nodeRed.table().messages()).at(-1) as MessageRow;
    expect(row.control_id).to.match(/^TEST\d+$/);
    const [ack] = await nodeRed.table().acks(row.id);
    expect(ack?.code).to.equal('AA');
  }

  describe('01 - HL7 logger', () => {
    before(() => run('01'));
    after(() => cleanUp.run());

    for (const kind of ['ADT', 'ORU', 'MDM', 'SIU'] as Kind[]) {
      for (const size of [700, 2000, 19_000]) {
        it(`stores and acknowledges ${kind} of about ${size} bytes`, async () => {
          const client = await connect();
          const sent = message({ kind, size });
          const answer = await client.send(sent);
          expectAck(answer, sent, 'AA');
          const row = await expectRow(nodeRed.table(), sent, answer);
          expect(row.message_type).to.equal(kind);
          expect(row.text).to.equal(sent);
          await client.end();
        });
      }
    }

    for (const sample of CHARSET_SAMPLES) {
      it(`keeps a message in ${sample.label} byte for byte and readable`, async () => {
        const client = await connect();
        const sent = encoded(sample);
        const answer = await client.send(sent);
        expectAck(answer, sent, 'AA');
        const row = await expectRow(nodeRed.table(), sent, answer);
        expect(row.text).to.include(`||${sample.text}||`);
        await client.end();
      });
    }

    it('answers pipelined messages in order, each with its own control ID', async () => {
      const client = await connect();
      const sent = Array.from({ length: 50 }, (_, i) => message({ size: i % 3 === 0 ? 4000 : undefined }));
      const answers = await client.sendAll(sent, 50);
      for (const [i, answer] of answers.entries()) expectAck(answer, sent[i] as string, 'AA');
      for (const [i, answer] of answers.entries()) await expectRow(nodeRed.table(), sent[i] as string, answer);
      await client.end();
    });

    it('sends its own test message when its button is pressed', () => pressButton('01'));

    it('notes when each answer left', async () => {
      await until('every sent_at', async () => (await nodeRed.table().allAcks()).every((ack) => ack.sent_at !== null));
    });

    it('has warned or failed nowhere', () => {
      // Node-RED's own advice stands in the lines without a node's name.
      expect(nodeRed.log).to.not.match(/\[(error|warn)\] \[/);
    });
  });

  describe('02 - Keep rejected messages and answer AE', () => {
    before(() => run('02'));
    after(() => cleanUp.run());

    it('stores and accepts a message with a patient identifier', async () => {
      const client = await connect();
      const sent = message();
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      await expectRow(nodeRed.table(), sent, answer);
    });

    it('answers AE to a message without PID-3, and keeps it', async () => {
      const client = await connect();
      const sent = message({ patientId: '' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AE');
      expect(field(answer, 'ERR', 2)).to.equal('PID^1^3');
      expect(field(answer, 'ERR', 3)).to.match(/^101\^/);
      await expectRow(nodeRed.table(), sent, answer);
    });

    it('answers AE to text that is no HL7 message, and keeps it', async () => {
      const client = await connect();
      const sent = `This is no HL7 message ${newControlId()}`;
      const answer = await client.send(sent);
      expect(field(answer, 'MSH', 1)).to.equal('|');
      expect(field(answer, 'MSA', 1)).to.equal('AE');
      expect(field(answer, 'MSA', 2)).to.equal('');
      const row = (await nodeRed.table().messages()).find((r) => r.text === sent);
      expect(row, 'a row').to.not.equal(undefined);
      expect(row?.raw.toString()).to.equal(sent);
      const acks = await nodeRed.table().acks((row as MessageRow).id);
      expect(acks.map((ack) => ack.raw.toString())).to.deep.equal([answer.toString()]);
      // The listener goes on with good messages on the same connection.
      const good = message();
      expectAck(await client.send(good), good, 'AA');
    });
  });

  describe('03 - Filter and route by message type', () => {
    before(() => run('03'));
    after(() => cleanUp.run());

    for (const kind of ['ADT', 'ORU'] as Kind[]) {
      it(`stores ${kind}`, async () => {
        const client = await connect();
        const sent = message({ kind });
        const answer = await client.send(sent);
        expectAck(answer, sent, 'AA');
        await expectRow(nodeRed.table(), sent, answer);
      });
    }

    it('refuses SIU with AR and does not store it', async () => {
      const client = await connect();
      const sent = message({ kind: 'SIU' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AR');
      expect(answer.toString()).to.include('Message type not taken here');
      expect(await nodeRed.table().byControlId(messageParts(sent).controlId)).to.have.length(0);
    });
  });

  describe('04 - Two listeners, one with TLS', () => {
    const cert = join(TLS, 'server.pem');
    const key = join(TLS, 'server.key.pem');
    let tlsPort: number;

    before(async () => {
      for (const file of [cert, key]) expect(existsSync(file), file).to.equal(true);
      tlsPort = await freePort();
      await run('04', { HL7_MLLP_TLS_PORT: String(tlsPort), HL7_TLS_CERT: cert, HL7_TLS_KEY: key }, [tlsPort]);
    });
    after(() => cleanUp.run());

    it('takes a message on the plain listener', async () => {
      const client = await connect();
      const sent = message();
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      expect((await expectRow(nodeRed.table(), sent, answer)).listener).to.equal('plain');
    });

    it('takes a message over TLS, with the certificate it was given', async () => {
      const client = await connect({
        port: tlsPort,
        tls: { ca: readFileSync(join(TLS, 'ca.pem')), servername: 'localhost' },
      });
      const sent = message({ size: 19_000 });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      expect((await expectRow(nodeRed.table(), sent, answer)).listener).to.equal('with TLS');
    });

    it('closes a plain connection to the TLS listener without an answer', async () => {
      const client = await connect({ port: tlsPort });
      client.write(`\x0b${message()}\x1c\r`);
      await client.closed;
      expect(client.answers).to.have.length(0);
    });
  });

  describe('09 - ORU results, one row an OBX, beside the log', () => {
    before(() => run('09'));
    after(() => cleanUp.run());

    const results = (controlId: string) =>
      query<Record<string, unknown>>(
        nodeRed.table().file,
        'SELECT patient_id, filler_order, n, code, value, value_number, unit, observed_at FROM lab_results WHERE control_id = ? ORDER BY n',
        [controlId],
      );

    it('writes a row for each OBX beside the log, once however often the message comes', async () => {
      const client = await connect();
      const sent = message({ kind: 'ORU' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      await expectRow(nodeRed.table(), sent, answer);
      const expected = [
        { n: 1, code: '2345-7', value: '98', value_number: 98, unit: 'mg/dL' },
        { n: 2, code: '2160-0', value: '1.1', value_number: 1.1, unit: 'mg/dL' },
      ].map((one) => ({
        patient_id: '100001',
        filler_order: 'F4711',
        ...one,
        observed_at: '2026-04-01 09:00:00',
      }));
      const { controlId } = messageParts(sent);
      expect(await results(controlId)).to.deep.equal(expected);
      expectAck(await client.send(sent), sent, 'AA');
      expect(await results(controlId)).to.deep.equal(expected);
    });

    it('keeps the text of a result that is no number', async () => {
      const client = await connect();
      const sent = message({ kind: 'ORU', size: 2000 });
      expectAck(await client.send(sent), sent, 'AA');
      const rows = await results(messageParts(sent).controlId);
      expect(rows.length).to.be.greaterThan(2);
      expect(rows.at(-1)).to.include({ value_number: null, code: 'NOTE' });
      expect(rows.at(-1)?.value).to.match(/^Synthetic text/);
    });

    it('stores a message without results in the log alone', async () => {
      const client = await connect();
      const sent = message({ kind: 'ADT' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      await expectRow(nodeRed.table(), sent, answer);
      expect(await results(messageParts(sent).controlId)).to.deep.equal([]);
    });

    it('sends its own test message when its button is pressed', () => pressButton('09'));
  });

  describe('10 - Patients from ADT upserted into a table', () => {
    before(() => run('10'));
    after(() => cleanUp.run());

    const patient = async (id: string) => {
      const [row, ...others] = await query<Record<string, unknown>>(
        nodeRed.table().file,
        'SELECT authority, family_name, given_name, birth_date, sex, phone, last_event, last_control_id FROM patients WHERE patient_id = ?',
        [id],
      );
      expect(others).to.deep.equal([]);
      return row;
    };

    it('inserts a patient, changes it, keeps what a message leaves out, and empties what it nulls', async () => {
      const client = await connect();
      const first = message({ patientId: 'P1^^^HOSPITAL^MR', name: 'ONE^ANNA' });
      const answer = await client.send(first);
      expectAck(answer, first, 'AA');
      await expectRow(nodeRed.table(), first, answer);
      const known = { authority: 'HOSPITAL', birth_date: '1970-01-01', sex: 'F', last_event: 'A01' };
      expect(await patient('P1')).to.deep.equal({
        ...known,
        family_name: 'ONE',
        given_name: 'ANNA',
        phone: '555-0100',
        last_control_id: messageParts(first).controlId,
      });
      const second = message({ patientId: 'P1^^^HOSPITAL^MR', name: 'TWO' }).replace('555-0100', '""');
      expectAck(await client.send(second), second, 'AA');
      expect(await patient('P1')).to.deep.equal({
        ...known,
        family_name: 'TWO',
        given_name: 'ANNA',
        phone: null,
        last_control_id: messageParts(second).controlId,
      });
    });

    it('answers AE to a message without a number for the patient, and stores nothing of it', async () => {
      const client = await connect();
      const sent = message({ patientId: '' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AE');
      expect(field(answer, 'ERR', 2)).to.equal('PID^1^3^1^1');
      expect(await nodeRed.table().byControlId(messageParts(sent).controlId)).to.have.length(0);
    });

    it('refuses other messages with AR', async () => {
      const client = await connect();
      const sent = message({ kind: 'ORU' });
      expectAck(await client.send(sent), sent, 'AR');
    });

    it('sends its own test message when its button is pressed', () => pressButton('10'));
  });

  const servers: [number: string, title: string, dialect: DialectName, properties?: Record<string, unknown>][] = [
    ['05', 'SQL Server', 'mssql'],
    ['06', 'PostgreSQL', 'postgres'],
    ['07', 'MariaDB', 'mariadb'],
    ['07', 'MySQL', 'mysql', { dialect: 'mysql' }],
    ['08', 'Oracle', 'oracle'],
  ];
  for (const [number, title, dialect, properties] of servers) {
    describe(`${number} - HL7 logger on ${title}`, () => {
      let database: TestDatabase | undefined;
      let table: LogReader;

      before(async function () {
        database = testDatabases().find((one) => one.dialect === dialect);
        await database?.present(this);
        needs(this, dialect, database, 'the tests know no such server');
        const options = (await database!.fresh()) as ServerOptions;
        table = database!.log(options);
        const { env } = database!.flow(options);
        await run(number, env, [], properties);
      });
      after(async () => {
        await cleanUp?.run();
        await database?.dispose();
      });

      for (const size of [700, 19_000]) {
        it(`stores and acknowledges a message of about ${size} bytes`, async () => {
          const client = await connect();
          const sent = message({ size });
          const answer = await client.send(sent);
          expectAck(answer, sent, 'AA');
          expect((await expectRow(table, sent, answer)).text).to.equal(sent);
          expectAck(await client.send(sent), sent, 'AA');
          expect((await table.byControlId(messageParts(sent).controlId))[0]).to.include({ deliveries: 2 });
          await client.end();
        });
      }

      it('keeps the letters of every language', async () => {
        const client = await connect();
        for (const sample of CHARSET_SAMPLES) {
          const sent = encoded(sample);
          const row = await expectRow(table, sent, await client.send(sent));
          expect(row.text, sample.label).to.include(`||${sample.text}||`);
        }
        await client.end();
      });

      it('sends its own test message when its button is pressed', async () => {
        const inject = example(number).find((node) => node.type === 'inject');
        const before = await table.count();
        await fetch(`http://127.0.0.1:${nodeRed.adminPort}/inject/${inject?.id}`, { method: 'POST' });
        await until('the test message in the log', async () => (await table.count()) === before + 1);
      });

      it('has failed nowhere, and told no password', () => {
        expect(nodeRed.log).to.not.match(/\[error\] \[/);
        const password = process.env[`HL7_TEST_${dialect.toUpperCase()}_URL`]?.match(/:([^:@/]+)@/)?.[1];
        if (password !== undefined) expect(nodeRed.log).to.not.include(decodeURIComponent(password));
      });
    });
  }
});
