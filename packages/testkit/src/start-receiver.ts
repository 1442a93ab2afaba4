import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One POST that a receiver took, to its end. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** By this process's clock, in milliseconds. */
  readonly atMs: number;
}

/** Somebody's server, which events are sent to. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers from now on like this; 200 unless told. */
  answer(answering: (response: ServerResponse, received: Received) => unknown): void;
  forget(): void;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const well = (response: ServerResponse) => response.end('ok');
  let answering: (response: ServerResponse, one: Received) => unknown = well;
  const server = createServer(async (request, response) => {
    try {
      const body = await text(request);
      const one = { path: request.url ?? '', headers: request.headers, body, atMs: performance.now() };
      received.push(one);
      answering(response, one);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (next) => {
      answering = next;
    },
    forget: () => {
      received.length = 0;
      answering = well;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
