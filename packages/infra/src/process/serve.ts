import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServeOptions {
  readonly host: string;
  /** 0 means any free one. */
  readonly port: number;
  /** A default port that is taken gives way to the next free one; one that was set does not. */
  readonly portIsDefault?: boolean;
  /** How long the headers of a request may take to arrive, and all of it. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** How long `close` waits for requests in flight. */
  readonly closeTimeoutMs?: number;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets requests in flight finish within the bound, then cuts them. */
  close(): Promise<void>;
}

/** A port that was asked for by number and cannot be had, or a host that is not this machine. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}

const NOT_HERE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EADDRNOTAVAIL', 'EINVAL', 'EAFNOSUPPORT']);

const PORTS_TRIED_MAX = 100;

/** Serves an app over HTTP. Resolves when it listens; slow senders of headers or bodies are cut off. */
export async function serve(app: RequestListener, options: ServeOptions): Promise<RunningServer> {
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs ?? 10_000,
      requestTimeout: options.requestTimeoutMs ?? 30_000,
      connectionsCheckingInterval: 1_000,
    },
    app,
  );
  server.keepAliveTimeout = 65_000;
  const port = await listenOnFreePort(server, options);
  return {
    url: `http://${hostInUrl(options.host)}:${port}`,
    port,
    close: () => closeServer(server, options.closeTimeoutMs ?? 5_000),
  };
}

async function listenOnFreePort(server: Server, options: ServeOptions): Promise<number> {
  const tries = options.portIsDefault === true ? PORTS_TRIED_MAX : 1;
  for (let step = 0; step < tries; step++) {
    const port = await listen(server, options.host, options.port + step);
    if (port !== null) return port;
  }
  throw new PortTakenError(`port ${options.port} on ${options.host} is taken or may not be used`);
}

/** The port listened on, or null if it is taken. */
function listen(server: Server, host: string, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off('listening', onListening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else if (NOT_HERE.has(error.code ?? ''))
        reject(new PortTakenError(`"${host}" is not an address of this machine: nothing can listen there`));
      else reject(error);
    };
    const onListening = () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    };
    server.once('error', onError).once('listening', onListening).listen(port, host);
  });
}

/** How a host to listen on is written in the address under which it is reached. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

const IDLE_CHECK_MS = 25;

function closeServer(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A kept-alive connection whose last answer went out after close() began is idle, yet still open.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
