import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody's server: it notes when the event of which job came to its end, by the machine's clock. */
export async function serveReceiver() {
  const arrivals: [string, number][] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const atMs = performance.timeOrigin + performance.now();
      arrivals.push([/"tryOnId":"(try_[0-9a-f]+)"/.exec(body)?.[1] ?? '', atMs]);
      response.writeHead(200, { 'content-length': 0 }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    report: () => arrivals,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
