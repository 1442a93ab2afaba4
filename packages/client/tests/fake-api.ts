import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeEach } from 'vitest';

/** One request as it arrived, as far as it did. */
interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  body: string;
}

/** Answers one request; whether its body has been read is the answer's own doing. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, arrived: Arrived) => unknown;

/** An HTTP server that does to requests what it is told, one behaviour after another; the last one stays. */
export async function startFakeApi() {
  const arrived: Arrived[] = [];
  let script: Behaviour[] = [];
  const server = createServer(async (request, response) => {
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: '' };
    arrived.push(one);
    const behaviour = script.length > 1 ? script.shift() : script[0];
    await behaviour?.(request, response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    arrived.length = 0;
    script = [];
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    behave: (...behaviours: Behaviour[]) => {
      script = behaviours;
    },
  };
}

/** Reads the whole request and answers JSON. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Behaviour {
  return async (request, response, arrived) => {
    arrived.body = (await buffer(request)).toString();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers });
    response.end(text);
  };
}

/** A refusal as the API words it. */
export function refuse(
  status: number,
  code: string,
  headers: Record<string, string> = {},
  more: object = {},
): Behaviour {
  const problem = {
    type: `/docs/errors#${code}`,
    title: 'A title',
    status,
    detail: 'A detail',
    code,
    retryable: [429, 503].includes(status) || code === 'upload_in_progress',
    requestId: 'req-1',
    ...more,
  };
  return answer(status, problem, { 'content-type': 'application/problem+json', ...headers });
}

/** Breaks the connection off before anything is answered. */
export const hangUp: Behaviour = (request) => void request.socket.destroy();

/** Begins an answer and breaks off in its middle. */
export function breakOff(text: string): Behaviour {
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req-1' });
    response.write(text, () => request.socket.destroy());
  };
}

/** Never answers. */
export const keepSilent: Behaviour = () => undefined;

/** Takes this much of the request, then breaks the connection off. */
export function takeAndHangUp(bytes: number): Behaviour {
  return async (request, _response, arrived) => {
    const { socket } = request;
    for await (const chunk of request) {
      arrived.body += String(chunk);
      if (arrived.body.length >= bytes) break;
    }
    socket.destroy();
  };
}
