import { Socket } from 'node:net';

/**
 * A stream to a host for a driver that takes the host for the name in the server's certificate: it may be told that name,
 * and still connects to where the server is.
 */
export function streamTo(host: string, port: number): Socket {
  const stream = new Socket();
  const connect = stream.connect.bind(stream) as (port: number, host: string) => Socket;
  stream.connect = () => connect(port, host);
  return stream;
}
