/** A shipped example that runs, and what its answers and rows must be. */
import { expect } from 'chai';
import { example } from './flows';
import { field, messageParts } from './hl7-text';
import type { AckRow, LogReader, MessageRow } from './log-table';
import { MllpClient } from './mllp-client';
import { NodeRed } from './node-red';
import { freePort } from './ports';
import { CleanUp } from './temp';
import { until } from './wait';

/** The acknowledgment, field by field, against the message it answers. */
export function expectAck(answer: Buffer, sent: Buffer | string, code: string): void {
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
export async function expectRow(table: LogReader, sent: Buffer | string, answer: Buffer): Promise<MessageRow> {
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

/** One example on a Node-RED of its own. */
export class Shipped {
  private readonly cleanUp = new CleanUp();

  private constructor(
    private readonly number: string,
    /** Of the first listener. */
    readonly port: number,
    readonly nodeRed: NodeRed,
  ) {
    this.cleanUp.add(() => nodeRed.dispose());
  }

  /**
   * @param ports of further listeners
   * @param properties what the database of the example is to have instead
   */
  static async run(
    number: string,
    env: Record<string, string> = {},
    ports: number[] = [],
    properties: Record<string, unknown> = {},
  ): Promise<Shipped> {
    const port = await freePort();
    const nodeRed = await NodeRed.start({
      flows: example(number).map((node) => (node.type === 'hl7-database' ? { ...node, ...properties } : node)),
      env: { HL7_MLLP_PORT: String(port), ...env },
      ports: [port, ...ports],
    });
    return new Shipped(number, port, nodeRed);
  }

  async connect(options: Partial<Parameters<typeof MllpClient.connect>[0]> = {}): Promise<MllpClient> {
    const client = await MllpClient.connect({ port: this.port, ...options });
    this.cleanUp.add(() => client.destroy());
    return client;
  }

  /** Presses the button of its Inject node, as the editor does, and sees that the message is stored and accepted. */
  async pressButton(table: LogReader = this.nodeRed.table()): Promise<void> {
    const inject = example(this.number).find((node) => node.type === 'inject');
    const before = await table.count();
    // The answer is plain text.
    const pressed = await fetch(`http://127.0.0.1:${this.nodeRed.adminPort}/inject/${inject?.id}`, { method: 'POST' });
    expect(pressed.status).to.equal(200);
    await until('the test message in the log', async () => (await table.count()) === before + 1);
    const row = (await table.messages()).at(-1) as MessageRow;
    expect(row.control_id).to.match(/^TEST\d+$/);
    const [ack] = await table.acks(row.id);
    expect(ack?.code).to.equal('AA');
  }

  async end(): Promise<void> {
    await this.cleanUp.run();
  }
}
