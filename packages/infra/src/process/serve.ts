import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { boundRequests } from './bound-request.js';

export interface ServeOptions {
  readonly host: string;
  /** 0 means any free one. */
  readonly port: number;
  /** The settings that host and port come from, `API` for `API_HOST` and `API_PORT`: named when one is at fault. */
  readonly settings?: string;
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
  /** Takes no more connections, ends the silent ones, lets requests in flight finish within the bound. */
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
      // Bound below, since Node has one bound for all requests, and an upload may take longer.
      requestTimeout: 0,
      connectionsCheckingInterval: 1_000,
    },
    app,
  );
  boundRequests(server, options.requestTimeoutMs ?? 30_000);
  server.keepAliveTimeout = 65_000;
  const connections = new Connections(server);
  const port = await listenOnFreePort(server, options);
  return {
    url: `http://${hostInUrl(options.host)}:${port}`,
    port,
    close: () => closeServer(server, connections, options.closeTimeoutMs ?? 4_000),
  };
}

async function listenOnFreePort(server: Server, options: ServeOptions): Promise<number> {
  const tries = options.portIsDefault === true ? PORTS_TRIED_MAX : 1;
  for (let step = 0; step < tries; step++) {
    const port = await listen(server, options, options.port + step);
    if (port !== null) return port;
  }
  const { host, port } = options;
  throw new PortTakenError(`${named(options, 'PORT')}port ${port} on ${host} is taken or may not be used`);
}

function named({ settings }: ServeOptions, setting: 'HOST' | 'PORT'): string {
  return settings === undefined ? '' : `${settings}_${setting}: `;
}

/** The port listened on, or null if it is taken. */
function listen(server: Server, options: ServeOptions, port: number): Promise<number | null> {
  const { host } = options;
  const notHere = `${named(options, 'HOST')}"${host}" is not an address of this machine: nothing can listen there`;
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off('listening', onListening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else if (NOT_HERE.has(error.code ?? '')) reject(new PortTakenError(notHere));
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

/** The connections of a server, by whether a request on them is being answered. */
class Connections {
  readonly #open = new Set<Socket>();
  readonly #answering = new Map<Socket, number>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#answering.set(socket, (this.#answering.get(socket) ?? 0) + 1);
      response.once('close', () => this.#answered(socket));
    });
  }

  #answered(socket: Socket): void {
    const left = (this.#answering.get(socket) ?? 1) - 1;
    if (left > 0) this.#answering.set(socket, left);
    else this.#answering.delete(socket);
    if (this.#closing && left <= 0) socket.destroySoon();
  }

  /** Ends those that have asked for nothing, or not finished asking, at once, and each other when it is answered. */
  closeIdle(): void {
    this.#closing = true;
    for (const socket of this.#open) if (!this.#answering.has(socket)) socket.destroy();
  }
}

function closeServer(server: Server, connections: Connections, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    connections.closeIdle();
  });
}
