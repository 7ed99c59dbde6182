/**
 * The yardstick: a server that only finds the frames and answers each with a text of constant shape, the control ID
 * copied in. What any receiver in this language has to spend. Prints its port.
 */
import { createServer } from 'node:net';

const BEFORE =
  '\x0bMSH|^~\\&|HL7LOGGER|HOSPITAL|SENDER|WARD 1|20260401101500+0000||ACK^A01^ACK|0BENCH00000000000000|P|2.5.1\rMSA|AA|';
const AFTER = '\r\x1c\r';

/** MSH-10 of a message that begins at `at`. */
function controlId(data: Buffer, at: number): string {
  for (let field = 0; field < 9; field++) at = data.indexOf(0x7c, at) + 1;
  return data.toString('latin1', at, data.indexOf(0x7c, at));
}

const server = createServer((socket) => {
  let rest: Buffer | undefined;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    let data = rest ? Buffer.concat([rest, chunk]) : chunk;
    for (let end = data.indexOf(0x1c); end >= 0 && end + 1 < data.length; end = data.indexOf(0x1c)) {
      socket.write(BEFORE + controlId(data, 1) + AFTER, 'latin1');
      data = data.subarray(end + 2);
    }
    rest = data.length > 0 ? data : undefined;
  });
});
server.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
server.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) }, () => {
  const address = server.address();
  console.log(`listening ${typeof address === 'object' ? address?.port : address}`);
});
process.once('SIGTERM', () => process.exit(0));
process.once('SIGINT', () => process.exit(0));
