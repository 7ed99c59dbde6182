import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ACK_MODES } from '../support/ack-modes';
import { example } from '../support/flows';
import { messageParts } from '../support/hl7-text';
import { message } from '../support/messages';
import { frame, MllpClient } from '../support/mllp-client';
import { NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { needsCorpus } from '../support/require';
import { CleanUp } from '../support/temp';

interface CorpusMessage {
  file: string;
  content: Buffer;
  /** What the index finds wrong with it, or anything that makes more than one message of it. */
  odd: boolean;
}

function corpus(folder: string): CorpusMessage[] {
  const [, ...lines] = readFileSync(join(folder, 'index.tsv'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const columns = line.split('\t');
    const [file = ''] = columns;
    // Columns without a value may be left out before it.
    const note = columns.at(-1) ?? '';
    return {
      file,
      content: readFileSync(join(folder, file)),
      odd: /invalid|batch|multi-msh|stray|bad-msh2|no-control-id/.test(note),
    };
  });
}

/** Types of messages of the corpus that carry an MSA and are no response. */
const MESSAGE_TYPES = ['ORU', '9', '{}'];

describe('real messages through the shipped flow', function () {
  this.timeout(120_000);
  const cleanUp = new CleanUp();
  let messages: CorpusMessage[] = [];
  const answersOf = new Map<CorpusMessage, Buffer[]>();
  let nodeRed: NodeRed;

  before(async function () {
    const folder = needsCorpus(this);
    // A content with framing bytes cannot be sent over MLLP.
    messages = corpus(folder).filter(({ content }) => !content.includes(0x0b) && !content.includes(0x1c));
    const port = await freePort();
    nodeRed = await NodeRed.start({ flows: example('01'), env: { HL7_MLLP_PORT: String(port) }, ports: [port] });
    cleanUp.add(() => nodeRed.dispose());
    const client = await MllpClient.connect({ port });
    cleanUp.add(() => client.destroy());
    for (const one of messages) {
      const marker = message();
      client.write(Buffer.concat([frame(one.content), frame(marker)]));
      const answers: Buffer[] = [];
      for (;;) {
        const answer = await client.next();
        const { acknowledges } = messageParts(answer);
        if (acknowledges === messageParts(marker).controlId) break;
        answers.push(answer);
      }
      answersOf.set(one, answers);
    }
  });
  after(() => cleanUp.run());

  const codesOf = (one: CorpusMessage): string[] =>
    (answersOf.get(one) ?? []).map((answer) => messageParts(answer).code);

  it('each sound one is answered as its MSH-15 and MSH-16 want it, acknowledgments never', () => {
    const wrong: string[] = [];
    for (const one of messages) {
      const { segments, controlId } = messageParts(one.content);
      const msh = segments[0] ?? [];
      if (one.odd || msh[0] !== 'MSH' || controlId === '') continue;
      const known = (value = ''): string => (/^(AL|ER|NE|SU)$/.test(value) ? value : '');
      const mode = ACK_MODES.find((m) => m.acceptAck === known(msh[15]) && m.applicationAck === known(msh[16]));
      expect(mode, `${one.file}: a line of the table`).to.not.equal(undefined);
      const [type = ''] = (msh[9] ?? '').split('^');
      const msa = segments.find(([name]) => !/^(MSH|SFT|UAC|ARV)$/.test(name ?? ''));
      const answers = msa?.[0] === 'MSA' && !MESSAGE_TYPES.includes(type);
      const accepts = known(msh[15]) === 'AL' || known(msh[15]) === 'SU';
      const silent = /^C/.test(msa?.[1] ?? '') || !accepts;
      let expected = mode?.stored.join();
      if (answers) expected = silent ? '' : 'CA';
      else if (/^(ACK|MCF)$/.test(type)) expected = '';
      if (codesOf(one).join() !== expected) wrong.push(`${one.file}: ${codesOf(one)} where ${expected} was due`);
    }
    expect(wrong).to.deep.equal([]);
  });

  it('none without a control ID is accepted', () => {
    const wrong = messages.filter((one) => {
      const text = one.content.toString('latin1');
      if (/^[BF]HS/.test(text)) return false;
      const lacks = !/^\s*MSH/.test(text) || messageParts(text.trimStart()).controlId === '';
      return lacks && codesOf(one).some((code) => /^[AC]A$/.test(code));
    });
    expect(wrong.map((one) => one.file)).to.deep.equal([]);
  });

  it('each accepted one is in the log byte for byte, and its answer too', async () => {
    const rows = await nodeRed.table().messages();
    const acks = await nodeRed.table().allAcks();
    const byBytes = new Map(rows.map((row) => [row.raw.toString('latin1'), row]));
    const answersIn = new Map(acks.map((ack) => [`${ack.message_id} ${ack.raw.toString('latin1')}`, ack]));
    const wrong: string[] = [];
    for (const one of messages) {
      // A batch is in the log as its messages.
      if (/^[BF]HS/.test(one.content.toString('latin1'))) continue;
      for (const answer of answersOf.get(one) ?? []) {
        if (!/^[AC]A$/.test(messageParts(answer).code)) continue;
        const row = byBytes.get(one.content.toString('latin1'));
        if (row === undefined) wrong.push(`${one.file}: not in the log`);
        else if (!answersIn.has(`${row.id} ${answer.toString('latin1')}`))
          wrong.push(`${one.file}: answer not in the log`);
      }
    }
    expect(wrong).to.deep.equal([]);
    expect(byBytes.size, 'no two rows of the same bytes').to.equal(rows.length);
  });

  it('each answer names the control ID byte for byte', () => {
    const wrong = messages.filter((one) => {
      if (one.odd || !one.content.toString('latin1').startsWith('MSH')) return false;
      const { controlId } = messageParts(one.content);
      return (answersOf.get(one) ?? []).some((answer) => messageParts(answer).acknowledges !== controlId);
    });
    expect(wrong.map((one) => one.file)).to.deep.equal([]);
  });
});
