import { connect, createServer, type Socket } from 'node:net';

/** A wire to a server that can be cut, or made to swallow everything. */
export interface Wire {
  /** The server's address, by way of this wire. */
  readonly url: string;
  /** Ends every connection, and refuses new ones. */
  cut(): Promise<void>;
  /** Connections, new ones too, stay open, but nothing passes any more: what a firewall that forgot them does. */
  swallow(): void;
  /** New connections pass again. Those that were swallowed stay silent for ever. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function openWire(target: string): Promise<Wire> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const passing = new Set<Socket>();
  let swallowing = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    if (!swallowing) passing.add(client);
    const forward = (from: Socket, to: Socket) => {
      sockets.add(from);
      from.on('data', (bytes) => passing.has(client) && to.write(bytes));
      from
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(from);
          if (passing.has(client)) to.destroy();
        });
    };
    forward(client, upstream);
    forward(upstream, client);
  });
  const listen = (on: number) => new Promise<void>((resolve) => server.listen(on, '127.0.0.1', resolve));
  await listen(0);
  const own = (server.address() as { port: number }).port;
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: Object.assign(new URL(target), { hostname: '127.0.0.1', port: String(own) }).href,
    cut,
    swallow: () => {
      swallowing = true;
      passing.clear();
    },
    mend: async () => {
      swallowing = false;
      if (!server.listening) await listen(own);
    },
    close: async () => {
      if (server.listening) await cut();
      for (const socket of sockets) socket.destroy();
    },
  };
}
