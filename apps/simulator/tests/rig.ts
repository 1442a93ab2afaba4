import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSimulator, type Simulator, type SimulatorOptions } from '../src/index.js';

/** Whatever came: JSON.parse's own type. */
export type Json = ReturnType<typeof JSON.parse>;

type Answer = { status: number; text: string; body: Json; headers: Headers };
type Received = { path: string; text: string; body: Json };

/** One simulator, one receiver of callbacks, and calls with the right token. */
export type Rig = {
  simulator: Simulator;
  url: string;
  received: Received[];
  receiverUrl: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  submit(fields?: Record<string, unknown>): Promise<Answer>;
  task(id: string | number): Promise<Answer>;
  whenIdle(): Promise<void>;
  close(): Promise<void>;
};

export const one = [{ email: 'anna@example.com', maxJobs: 5 }];

export async function createRig(options: SimulatorOptions = {}): Promise<Rig> {
  const received: Received[] = [];
  const receiver = createServer((request, response) => void receive(received, request, response));
  const receiverUrl = await listen(receiver);
  const simulator = createSimulator({
    port: 0,
    accounts: one,
    ...options,
    dials: { delayMs: 20, pictures: 'placeholder', ...options.dials },
  });
  const { url } = await simulator.start();
  const call: Rig['call'] = (method, path, body, headers) => callApi(url, method, path, body, headers);
  return {
    simulator,
    url,
    received,
    receiverUrl,
    call,
    submit: (fields = {}) => call('POST', '/v1/kling/images/virtual-try-on', { ...anInput, ...fields }),
    task: (id) => call('GET', `/v1/kling/tasks/${id}`),
    whenIdle: () => until(() => simulator.idle().idle),
    async close() {
      await simulator.close();
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    },
  };
}

export const anInput = {
  humanImage: 'https://example.com/person.jpg',
  dressInput: 'https://example.com/dress.jpg',
};

/** Looks again and again instead of waiting for a guessed time. */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not reached within ${deadlineMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function callApi(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const raw = body instanceof FormData || body instanceof Uint8Array || typeof body === 'string';
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: 'Bearer sandbox',
      ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: parse(text), headers: response.headers };
}

async function receive(
  received: Received[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  received.push({ path: request.url ?? '', text, body: parse(text) });
  response.end('ok');
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}
