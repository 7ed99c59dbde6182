/** Stands between a store and its server, and loses what a test wants lost. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ServerOptions } from '../../nodes/lib/store';

const DEFAULT_PORTS: Record<string, number> = { postgres: 5432, mariadb: 3306, mysql: 3306, mssql: 1433, oracle: 1521 };

export class LossyProxy {
  readonly #pairs = new Set<[client: Socket, server: Socket]>();
  readonly #server: Server;
  #lose: 'answer' | 'way' | undefined;
  #deliver: (() => void) | undefined;

  private constructor(readonly options: ServerOptions) {
    this.#server = createServer((client) => this.#join(client));
  }

  /** In front of the server of these options. */
  static async before(options: ServerOptions): Promise<LossyProxy> {
    const proxy = new LossyProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The same database, through the proxy. */
  get through(): ServerOptions {
    return { ...this.options, host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** True when what was to be lost is. */
  get lost(): boolean {
    return this.#lose === undefined;
  }

  /** The next COMMIT reaches the server, but its answer does not come back: the connection breaks. */
  loseAnswer(): void {
    this.#lose = 'answer';
  }

  /** The connection breaks behind the next COMMIT, which reaches the server only when `deliver` is called. */
  delayCommit(): void {
    this.#lose = 'way';
  }

  deliver(): void {
    this.#deliver?.();
  }

  /** Breaks the connections of the clients; the server goes on with what it has been told. */
  cut(): void {
    for (const [client] of this.#pairs) client.destroy();
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = connect(this.options.port ?? DEFAULT_PORTS[this.options.dialect]!, this.options.host);
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    // What a socket's end means is for the other one to say.
    for (const socket of pair) socket.on('error', () => undefined);
    let swallowed = false;
    client.on('data', (data) => {
      if (this.#lose === undefined || !data.includes('COMMIT')) {
        server.write(data);
        return;
      }
      swallowed = true;
      if (this.#lose === 'answer') server.write(data);
      else {
        this.#deliver = () => server.write(data);
        client.destroy();
      }
      this.#lose = undefined;
    });
    server.on('data', (data) => {
      if (swallowed) client.destroy();
      else if (!client.destroyed) client.write(data);
    });
    server.on('close', () => {
      client.destroy();
      this.#pairs.delete(pair);
    });
  }
}
