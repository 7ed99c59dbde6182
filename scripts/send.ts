/**
 * `npm run send [-- file…]`: sends HL7 messages over MLLP to the logger and prints the answers. Without a file a sample
 * admission is sent. Host and port as for `npm start`: HL7_MLLP_HOST, HL7_MLLP_PORT.
 */
import { readFileSync } from 'node:fs';
import { MLLP_IN } from '../nodes/common/settings-table/mllp-in';
import { numberIn } from '../nodes/common/settings-table/setting';
import { sampleAdmission } from '../nodes/lib/message';
import { sendOnce } from '../nodes/lib/mllp';

const named = process.env.HL7_MLLP_HOST || '127.0.0.1';
const host = named === '0.0.0.0' ? '127.0.0.1' : named;
const port = numberIn(MLLP_IN.port, process.env.HL7_MLLP_PORT ?? '') ?? 0;

const readable = (content: Buffer): string => content.toString().replace(/\r\n?/g, '\n').trimEnd();

async function main(files: string[]): Promise<void> {
  if (port === 0) throw new Error('HL7_MLLP_PORT must be a port: a whole number from 1 to 65535, in digits only.');
  const messages = files.length > 0 ? files.map((file) => readFileSync(file)) : [Buffer.from(sampleAdmission())];
  for (const message of messages) {
    console.log(`\nTo ${host}:${port} (${message.length} bytes):\n${readable(message)}`);
    console.log(`\nAnswer:\n${readable(await sendOnce(message, { host, port }))}\n`);
  }
}

main(process.argv.slice(2)).catch((error: Error & { code?: string }) => {
  console.error(
    `\n${error.message}${error.code === 'SEND_REFUSED' ? ' Start the logger first (npm start), or set HL7_MLLP_PORT here to the port that it has.' : ''}\n`,
  );
  process.exitCode = 1;
});
