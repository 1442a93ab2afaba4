import { connect, createServer, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** What a client sends, as it is to reach the server; of the same length, since every message says how long it is. */
export type Rewrite = (sent: string) => string;

/** Stands between client and server like a pooler, and changes what clients send. Closed after the file. */
export async function openRewritingProxy(databaseUrl: string, rewriteFor: () => Rewrite): Promise<string> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const rewrite = rewriteFor();
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, server].map((each) => each.destroy()));
    }
    server.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => server.write(Buffer.from(rewrite(chunk.toString('latin1')), 'latin1')));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(new URL(databaseUrl), { port: String(port) }).href;
}
