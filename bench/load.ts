/**
 * The load: MLLP connections that send messages, each with a control ID of its own, with so many unanswered on each
 * connection, and match every answer to its message by MSA-2. Ends with one JSON line.
 *
 *     node --import=tsx bench/load.ts --port 2575 --connections 32 --window 1 --size 2000 --seconds 5
 */
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { message } from '../test/support/messages';
import { numberOf, optionsOf } from './options';

const ID_LENGTH = 18;
const MSA = Buffer.from('\rMSA|');

/** A framed message in which only the control ID changes. */
interface Template {
  bytes: Buffer;
  /** Where MSH-10 begins. */
  at: number;
}

function templateOf(text: Buffer): Template | undefined {
  let at = -1;
  const separator = text[3] as number;
  for (let field = 0; field < 9; field++) at = text.indexOf(separator, at + 1);
  const end = Math.min(...[text.indexOf(separator, at + 1), text.indexOf(0x0d, at + 1)].filter((i) => i > 0));
  if (text.indexOf('MSH|') !== 0 || at < 0 || at > text.indexOf(0x0d) || !Number.isFinite(end)) return undefined;
  const parts = [Buffer.from([0x0b]), text.subarray(0, at + 1), Buffer.alloc(ID_LENGTH, 0x30), text.subarray(end)];
  return { bytes: Buffer.concat([...parts, Buffer.from([0x1c, 0x0d])]), at: at + 2 };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.hl7'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** One message an application sends for an answer: no batch, no framing bytes, no other acknowledgment mode. */
function corpusTemplates(folder: string): Template[] {
  return filesBelow(folder)
    .map((file) => readFileSync(file))
    .filter((text) => {
      const [header = '', second = ''] = text.toString('latin1').split(/[\r\n]+/);
      const fields = header.split('|');
      const asks = fields[14] || fields[15];
      const whole = text.toString('latin1').split(/[\r\n]MSH\|/).length === 1;
      return (
        !text.includes(0x1c) &&
        !text.includes(0x0b) &&
        !asks &&
        whole &&
        !/^ACK/.test(fields[8] ?? '') &&
        !/^MSA/.test(second)
      );
    })
    .map(templateOf)
    .filter((template) => template !== undefined);
}

const options = optionsOf(process.argv.slice(2), {
  port: '2575',
  connections: '32',
  window: '1',
  size: '2000',
  seconds: '5',
  count: '0',
  corpus: '',
});
const templates = options.corpus
  ? corpusTemplates(options.corpus)
  : [templateOf(Buffer.from(message({ size: numberOf(options, 'size') })))].filter((t) => t !== undefined);
if (templates.length === 0) throw new Error('There is no message to send.');

const window = numberOf(options, 'window');
const count = numberOf(options, 'count') || Number.POSITIVE_INFINITY;
const run = Date.now().toString(36).toUpperCase().slice(-8).padStart(8, '0');
const latencies: number[] = [];
const sockets: Socket[] = [];
let made = 0;
let positive = 0;
let negative = 0;
let mismatched = 0;
let bytes = 0;
let start = 0;
let last = 0;
let deadline = 0;
let failed = '';

function connection(): void {
  const socket = connect({ host: '127.0.0.1', port: numberOf(options, 'port') });
  sockets.push(socket);
  const waiting: { id: string; at: number }[] = [];
  let rest: Buffer | undefined;

  const send = (): void => {
    if (made >= count || performance.now() > deadline) {
      if (waiting.length === 0) socket.end();
      return;
    }
    const template = templates[made % templates.length] as Template;
    const id = `${run}${String(made++).padStart(ID_LENGTH - run.length, '0')}`;
    const frame = Buffer.from(template.bytes);
    frame.write(id, template.at, 'latin1');
    bytes += frame.length;
    waiting.push({ id, at: performance.now() });
    socket.write(frame);
  };

  const take = (answer: Buffer): void => {
    const sent = waiting.shift();
    const now = performance.now();
    const msa = answer.indexOf(MSA);
    if (!sent || answer.toString('latin1', msa + 8, msa + 8 + ID_LENGTH) !== sent.id) {
      mismatched++;
      return;
    }
    if (answer[msa + 6] === 0x41) positive++;
    else negative++;
    latencies.push(now - sent.at);
    last = now;
  };

  socket.setNoDelay(true);
  socket.on('connect', () => {
    for (let i = 0; i < window; i++) send();
  });
  socket.on('data', (chunk) => {
    let data = rest ? Buffer.concat([rest, chunk]) : chunk;
    for (let end = data.indexOf(0x1c); end >= 0 && end + 1 < data.length; end = data.indexOf(0x1c)) {
      take(data.subarray(0, end));
      data = data.subarray(end + 2);
      send();
    }
    rest = data.length > 0 ? data : undefined;
  });
  socket.on('error', (error) => {
    failed ||= error.message;
  });
  socket.on('close', () => {
    if (waiting.length > 0) failed ||= `A connection was closed with ${waiting.length} messages unanswered.`;
  });
}

function percentile(sorted: Float64Array, share: number): number {
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3));
}

function report(): void {
  clearTimeout(watchdog);
  const sorted = Float64Array.from(latencies).sort();
  const seconds = (last - start) / 1000;
  const rate = (positive + negative) / seconds;
  const line = {
    connections: sockets.length,
    window,
    size: options.corpus ? 'corpus' : numberOf(options, 'size'),
    seconds: Number(seconds.toFixed(3)),
    messages: positive + negative,
    positive,
    negative,
    mismatched,
    rate: Math.round(rate),
    megabytes: Number((bytes / 1e6 / seconds).toFixed(1)),
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
    failed: failed || undefined,
  };
  console.log(JSON.stringify(line));
  process.exitCode = failed || mismatched > 0 ? 1 : 0;
}

start = performance.now();
deadline = start + numberOf(options, 'seconds') * 1000;
// Whatever hangs, the run ends.
const watchdog = setTimeout(
  () => {
    failed ||= 'Answers are missing.';
    for (const socket of sockets) socket.destroy();
  },
  numberOf(options, 'seconds') * 1000 + 30_000,
);
let closed = 0;
for (let i = 0; i < numberOf(options, 'connections'); i++) connection();
for (const socket of sockets) {
  socket.once('close', () => {
    if (++closed === sockets.length) report();
  });
}
