import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createProviderClient, type ProviderClient } from './create-provider-client.js';
import type { SubmitRequest } from './submit-request.js';

const TOKEN = 'user:1234-secretSecretSecret';
const SIGNATURE = 'c2lnbmF0dXJlLW9mLTI1Ni1iaXRz';
const REQUEST: SubmitRequest = {
  email: 'anna@example.com',
  humanImage: 'https://shop.example/person.jpg?sig=inputSecret',
  dressInput: null,
  upperInput: 'https://shop.example/top.jpg',
  lowerInput: null,
  imageCount: 2,
  replyUrl: `https://hooks.example/callbacks/att_1/${SIGNATURE}`,
  replyRef: 'att_1',
};

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Received {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

async function listen(server: Server | TcpServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** A provider that answers every request the same way, and what it received. */
async function provider(
  answer: (response: ServerResponse) => void,
): Promise<{ origin: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(response);
  });
  return { origin: await listen(server), received };
}

/** A machine that accepts connections and does this with each once it has sent something. */
async function machine(onData: (socket: Socket) => void): Promise<string> {
  return listen(
    createTcpServer((socket) => socket.on('error', () => undefined).on('data', () => onData(socket))),
  );
}

function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

function clientOf(origin: string, timeoutMs = 5_000): ProviderClient {
  return createProviderClient({
    baseUrl: origin,
    token: TOKEN,
    submitTimeoutMs: timeoutMs,
    readTimeoutMs: timeoutMs,
  });
}

async function closedOrigin(): Promise<string> {
  const server = createTcpServer();
  const origin = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return origin;
}

function cutOff(status: number, start: string) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write(start);
    setTimeout(() => response.destroy(), 20);
  };
}

describe('what a submit sends', () => {
  test('the token, JSON, and only the fields it has; never maxJobs', async () => {
    const { origin, received } = await provider(json(200, { task: { id: 7 } }));
    await clientOf(`${origin}/prefix/`).submit({ ...REQUEST, maxJobs: 3 } as SubmitRequest);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', url: '/prefix/v1/kling/images/virtual-try-on' });
    expect(received[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
    });
    const { dressInput, lowerInput, ...present } = REQUEST;
    expect([dressInput, lowerInput]).toEqual([null, null]);
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(present);
  });
  test('no replyUrl where the provider cannot reach us, but always the replyRef', async () => {
    const { origin, received } = await provider(json(200, { task: { id: 7 } }));
    await clientOf(origin).submit({ ...REQUEST, replyUrl: null });
    const sent = JSON.parse(received[0]?.body ?? '');
    expect(sent).not.toHaveProperty('replyUrl');
    expect(sent.replyRef).toBe('att_1');
  });
});

describe('what a submit comes to over a real connection', () => {
  test('an answer with an id is accepted', async () => {
    const { origin } = await provider((response) => response.end('{"task":{"id":867283741759111202}}'));
    const { outcome, exchange } = await clientOf(origin).submit(REQUEST);
    expect(outcome).toEqual({ kind: 'accepted', taskId: '867283741759111202' });
    expect(exchange).toMatchObject({ status: 200, errorName: null, errorCode: null });
  });
  test('a 429 is deferred for as long as Retry-After says', async () => {
    const retryAfter = new Date(Date.now() + 3_600_000).toUTCString();
    const { origin } = await provider(json(429, { error: 'busy' }, { 'retry-after': retryAfter }));
    const { outcome } = await clientOf(origin).submit(REQUEST);
    const waitMs = outcome.kind === 'deferred' ? (outcome.retryAfterMs ?? 0) : 0;
    expect(outcome).toMatchObject({ kind: 'deferred', because: 'busy' });
    expect(Math.abs(waitMs - 3_600_000)).toBeLessThanOrEqual(2_000);
  });
  test('a body that is cut off is unanswered, and the exchange keeps what came', async () => {
    const { origin } = await provider(cutOff(200, '{"task":{"id":77'));
    const { outcome, exchange } = await clientOf(origin).submit(REQUEST);
    expect(outcome).toMatchObject({ kind: 'unanswered', providerStatus: 200 });
    expect(exchange).toMatchObject({ status: 200, answer: '{"task":{"id":77', errorCode: 'UND_ERR_SOCKET' });
  });
  test('a refusal that is cut off is unanswered', async () => {
    const { origin } = await provider(cutOff(400, '{"error":"At least'));
    expect((await clientOf(origin).submit(REQUEST)).outcome.kind).toBe('unanswered');
  });
  test.each([301, 302, 307, 308])('a redirect by %i is unanswered and never followed', async (status) => {
    const other = await provider(json(200, { task: { id: 7 } }));
    const { origin, received } = await provider(json(status, {}, { location: `${other.origin}/elsewhere` }));
    expect((await clientOf(origin).submit(REQUEST)).outcome).toMatchObject({
      kind: 'unanswered',
      providerStatus: status,
    });
    expect([received.length, other.received.length]).toEqual([1, 0]);
  });
  test('a refused connection is deferred for the provider’s sake', async () => {
    const { outcome, exchange } = await clientOf(await closedOrigin()).submit(REQUEST);
    expect(outcome).toMatchObject({ kind: 'deferred', because: 'provider', retryAfterMs: null });
    expect(exchange).toMatchObject({ status: null, answer: null, errorCode: 'ECONNREFUSED' });
  });
  test('so is one where every address of the name is refused', async () => {
    const origin = (await closedOrigin()).replace('127.0.0.1', 'localhost');
    expect((await clientOf(origin).submit(REQUEST)).outcome).toMatchObject({ because: 'provider' });
  });
  test('a name that does not exist is deferred for the provider’s sake', async () => {
    const { outcome } = await clientOf('http://nobody.invalid').submit(REQUEST);
    expect(outcome).toMatchObject({ kind: 'deferred', because: 'provider' });
  });
  test('TLS to a machine that does not speak it is deferred for the provider’s sake', async () => {
    const { origin, received } = await provider(json(200, {}));
    const { outcome } = await clientOf(origin.replace('http:', 'https:')).submit(REQUEST);
    expect(outcome).toMatchObject({ kind: 'deferred', because: 'provider' });
    expect(received).toEqual([]);
  });
  test.each([
    ['a reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['a hang-up', (socket: Socket) => void socket.destroy()],
    ['an answer that is not HTTP', (socket: Socket) => void socket.end('hello\r\n\r\n')],
  ])('%s after the request is unanswered', async (_, onData) => {
    const { outcome } = await clientOf(await machine(onData)).submit(REQUEST);
    expect(outcome).toMatchObject({ kind: 'unanswered', providerStatus: null });
  });
  test('silence is unanswered once the timeout has passed', async () => {
    const { outcome, exchange } = await clientOf(await machine(() => undefined), 100).submit(REQUEST);
    expect(outcome).toMatchObject({ kind: 'unanswered', reason: 'no answer: TimeoutError' });
    expect(exchange.errorName).toBe('TimeoutError');
    expect(exchange.durationMs).toBeGreaterThanOrEqual(95);
  });
  test('the timeout holds for the body too', async () => {
    const { origin } = await provider((response) => void response.write('{"task":'));
    const startedMs = performance.now();
    const { outcome } = await clientOf(origin, 150).submit(REQUEST);
    expect(outcome).toMatchObject({ kind: 'unanswered', providerStatus: 200 });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
  test('nothing leaves when it is too late for it by the time it is connected', async () => {
    const { origin, received } = await provider((response) => response.end('{"task":{"id":7}}'));
    let asked = 0;
    const mayLeave = () => {
      asked += 1;
      return false;
    };
    for (const _attempt of [1, 2]) {
      const { outcome } = await clientOf(origin).submit(REQUEST, mayLeave);
      expect(outcome).toEqual({ kind: 'never-sent' });
    }
    expect((await clientOf(origin).submit(REQUEST, () => true)).outcome.kind).toBe('accepted');

    expect(asked).toBe(2);
    expect(received).toHaveLength(1);
  });

  test('nothing is sent a second time', async () => {
    let connections = 0;
    const origin = await machine((socket) => {
      connections += 1;
      socket.destroy();
    });
    await clientOf(origin).submit(REQUEST);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(connections).toBe(1);
  });
});

describe('what is kept of a submit', () => {
  const echo = {
    error: `Bearer ${TOKEN}: cannot reach ${REQUEST.replyUrl} for ${REQUEST.humanImage}`,
    headers: { authorization: `Bearer ${TOKEN}` },
    signature: SIGNATURE,
  };
  test('the request and the answer, without query strings', async () => {
    const { origin } = await provider(json(200, { task: { id: 7 } }));
    const { exchange } = await clientOf(origin).submit(REQUEST);
    expect(exchange).toMatchObject({
      method: 'POST',
      path: '/v1/kling/images/virtual-try-on',
      request: {
        email: 'anna@example.com',
        humanImage: 'https://shop.example/person.jpg',
        replyUrl: 'https://hooks.example',
        replyRef: 'att_1',
      },
      answer: '{"task":{"id":7}}',
    });
  });
  test.each([200, 302, 400, 401, 403, 429, 500, 502, 596])(
    'never the token, the signed callback path or a signed address, though a %i repeats them',
    async (status) => {
      const { origin } = await provider(json(status, echo));
      const kept = JSON.stringify(await clientOf(origin).submit(REQUEST));
      for (const secret of [TOKEN, SIGNATURE, 'inputSecret']) expect(kept).not.toContain(secret);
    },
  );
  test('neither where no answer came', async () => {
    const silent = await machine(() => undefined);
    const origins = [await closedOrigin(), 'http://nobody.invalid', silent, 'http://127.0.0.1:1'];
    for (const origin of origins) {
      const kept = JSON.stringify(await clientOf(origin, 100).submit(REQUEST));
      for (const secret of [TOKEN, SIGNATURE, 'inputSecret']) expect(kept).not.toContain(secret);
    }
  });
  test('at most 2,048 characters of the answer', async () => {
    const { origin } = await provider(json(502, { error: 'x'.repeat(100_000) }));
    expect((await clientOf(origin).submit(REQUEST)).exchange.answer).toHaveLength(2_048);
  });
  test('a token that no header can carry is refused at once, without being shown', () => {
    expect(() => clientOf('http://x')).not.toThrow();
    const bad = { baseUrl: 'http://x', token: 'secret\nsecret', submitTimeoutMs: 1 };
    expect(() => createProviderClient(bad)).toThrow(/^(?!.*secret).*token/);
  });
});

describe('looks', () => {
  test('ask the documented addresses with the token', async () => {
    const { origin, received } = await provider(json(200, {}));
    const client = clientOf(origin);
    await client.task('867283741759111202', 'anna+1@example.com');
    await client.tasks({ email: 'anna@example.com', createdAfterMs: 1745376611075.9, pageSize: 50 });
    await client.tasks({ email: 'anna@example.com', createdBeforeMs: 1745376611075, pageSize: 50 });
    await client.scheduler();
    await client.schedulerAvailable();
    await client.accounts();
    expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/kling/tasks/867283741759111202?email=anna%2B1%40example.com',
      'GET /v1/kling/tasks?email=anna%40example.com&createdAfter=1745376611075&pageSize=50',
      'GET /v1/kling/tasks?email=anna%40example.com&createdBefore=1745376611075&pageSize=50',
      'GET /v1/kling/scheduler',
      'GET /v1/kling/scheduler/available',
      'GET /v1/kling/accounts',
    ]);
    expect(new Set(received.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
  });
  test('an answer comes with its status and the provider’s own time', async () => {
    const { origin } = await provider(json(200, { task: { id: 7 }, status_name: 'processing' }));
    const outcome = await clientOf(origin).task('7', 'anna@example.com');
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, value: { taskId: '7', final: false } });
    expect(outcome.kind === 'answered' && Date.parse(outcome.dateHeader ?? '')).toBeGreaterThan(0);
  });
  test.each([
    [
      'a 404 in JSON',
      json(404, { error: 'No works found' }),
      { kind: 'not-found', message: 'No works found' },
    ],
    [
      'a 404 page',
      (response: ServerResponse) => void response.writeHead(404).end('<html>'),
      { kind: 'unanswered', status: 404 },
    ],
    [
      'a 400',
      json(400, { error: 'Invalid' }),
      { kind: 'unanswered', status: 400, reason: 'answered 400: Invalid' },
    ],
    ['a 429', json(429, {}), { kind: 'unanswered', status: 429 }],
    ['a 500', json(500, { error: 'x' }), { kind: 'unanswered', status: 500 }],
    ['a redirect', json(302, {}, { location: '/' }), { kind: 'unanswered', status: 302 }],
    ['an unreadable body', json(200, []), { kind: 'unanswered', status: 200 }],
    ['a cut-off body', cutOff(200, '{"status_name":'), { kind: 'unanswered', status: 200 }],
  ])('%s', async (_, answer, expected) => {
    const { origin } = await provider(answer);
    expect(await clientOf(origin).task('7', 'anna@example.com')).toMatchObject(expected);
  });
  test('no accounts configured is an answer, a page that says 404 is not', async () => {
    const none = await provider(json(404, { error: 'No accounts' }));
    expect(await clientOf(none.origin).accounts()).toMatchObject({
      kind: 'answered',
      value: [],
      status: 404,
    });
    const page = await provider((response) => void response.writeHead(404).end('<html>'));
    expect(await clientOf(page.origin).accounts()).toMatchObject({ kind: 'unanswered' });
  });
  test('a provider that cannot be reached, or is silent, is unanswered', async () => {
    expect(await clientOf(await closedOrigin()).scheduler()).toEqual({
      kind: 'unanswered',
      status: null,
      reason: 'no answer: ECONNREFUSED',
    });
    const silent = await machine(() => undefined);
    expect(await clientOf(silent, 100).scheduler()).toMatchObject({ reason: 'no answer: TimeoutError' });
  });
  test('the token is in none of them, though the provider repeats it', async () => {
    for (const status of [200, 400, 404, 500]) {
      const error = `Bearer ${TOKEN}`;
      const { origin } = await provider(json(status, { error, status_name: 'failed', status_final: true }));
      const client = clientOf(origin);
      const looks = [
        client.task('7', 'a@b'),
        client.scheduler(),
        client.accounts(),
        client.schedulerAvailable(),
      ];
      expect(JSON.stringify(await Promise.all(looks))).not.toContain(TOKEN);
    }
  });
});
