import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The built packages as a browser loads them, module by module: nothing of Node.js is filled in by a bundler. */
const FOLDERS: Readonly<Record<string, string>> = {
  client: folder('packages/client/dist'),
  contract: folder('packages/contract/dist'),
  zod: folder('packages/contract/node_modules/zod'),
};

const PAGE = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="importmap">
{"imports": {"@catwalk/contract": "/modules/contract/index.js", "zod": "/modules/zod/index.js"}}
</script>
<script type="module">globalThis.sdk = await import('/modules/client/index.js');</script>`;

/** A page with the SDK as `globalThis.sdk`, and the API behind the same origin, as the API sends no CORS headers. */
export async function serveSdk(apiUrl: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((asked, response) => {
    const { pathname } = new URL(asked.url ?? '/', apiUrl);
    const [, , name = '', ...path] = pathname.split('/');
    const modules = FOLDERS[name];
    if (pathname === '/') response.setHeader('Content-Type', 'text/html').end(PAGE);
    else if (!pathname.startsWith('/modules/')) passOn(apiUrl, asked, response);
    else if (modules === undefined) response.writeHead(404).end();
    else sendModule(join(modules, ...path), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => close(server),
  };
}

function sendModule(path: string, response: ServerResponse): void {
  response.setHeader('Content-Type', 'text/javascript');
  pipeline(createReadStream(path), response, (error) => {
    if (error && !response.headersSent) response.writeHead(404).end();
  });
}

/** With the headers as the browser sent them: the API itself judges where a request comes from. */
function passOn(apiUrl: string, asked: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url } = asked;
  const onward = request(new URL(url ?? '/', apiUrl), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  pipeline(asked, onward, (error) => {
    if (error) response.destroy();
  });
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

function folder(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
