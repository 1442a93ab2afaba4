import { inspect } from 'node:util';
import { eventually } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import {
  ApiError,
  type CatwalkOptions,
  ConnectionError,
  createCatwalk,
  TimeoutError,
  UnexpectedAnswerError,
} from '../src/index.js';
import { answer, breakOff, hangUp, keepSilent, refuse, startFakeApi } from './fake-api.js';
import { tryOn, tryOnId } from './samples.js';

const api = await startFakeApi();
const KEY = 'canary-key-0123456789-0123456789-0123456789';
const client = (more: Partial<CatwalkOptions> = {}) =>
  createCatwalk({ baseUrl: api.url, apiKey: KEY, ...more });
const garment = { humanImage: 'https://a.example/1.jpg', dressInput: 'https://a.example/2.jpg' };
const soon = { 'retry-after': '0' };
const failureOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it was to fail'),
    (error) => error,
  );

describe('what passes by itself', () => {
  it.each([
    ['a connection that is cut before the answer', hangUp],
    ['an answer that is cut in its middle', breakOff('{"id": "try')],
    ['503 with seconds', refuse(503, 'unavailable', soon)],
    ['429 with a date', refuse(429, 'too_many_requests', { 'retry-after': new Date(0).toUTCString() })],
    ['502 of a proxy', answer(502, '<html>', { 'content-type': 'text/html', ...soon })],
    ['504 of a proxy', answer(504, '', soon)],
  ])('is %s: the same request goes out again', async (_, fault) => {
    api.behave(fault, answer(200, tryOn()));
    expect(await client().tryOns.get(tryOnId)).toEqual(tryOn());
    expect(api.arrived.map(({ url }) => url)).toEqual([`/v1/try-ons/${tryOnId}`, `/v1/try-ons/${tryOnId}`]);
  });

  it('is repeated for a POST that makes something, with the same key and the same bytes', async () => {
    api.behave(hangUp, refuse(503, 'unavailable', soon), answer(202, tryOn()));
    await client().tryOns.create(garment);
    const [, second, third] = api.arrived;
    expect(api.arrived.map(({ headers }) => headers['idempotency-key'])).toEqual(
      Array(3).fill(expect.stringMatching(/^[0-9a-f]{32}$/)),
    );
    expect(new Set(api.arrived.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect([second?.body, third?.body]).toEqual([JSON.stringify(garment), JSON.stringify(garment)]);
  });

  it('makes two keys for two calls, and keeps one that is given', async () => {
    api.behave(answer(202, tryOn()));
    await client().tryOns.create(garment);
    await client().tryOns.create(garment);
    await client().tryOns.create(garment, { idempotencyKey: 'order-7' });
    const [one, two, three] = api.arrived.map(({ headers }) => headers['idempotency-key']);
    expect(one).not.toBe(two);
    expect(three).toBe('order-7');
  });

  it('waits as long as the answer asks', async () => {
    api.behave(refuse(503, 'unavailable', { 'retry-after': '1' }), answer(200, tryOn()));
    const startedAt = performance.now();
    await client().tryOns.get(tryOnId);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(999);
  });

  it('ends: as often as it may be repeated, and no more', async () => {
    api.behave(refuse(503, 'unavailable', soon));
    const error = await failureOf(client({ maxRetries: 2 }).tryOns.get(tryOnId));
    expect(error).toMatchObject({ code: 'unavailable', status: 503, retryable: true, retryAfterMs: 0 });
    expect(api.arrived).toHaveLength(3);
    await failureOf(client().tryOns.get(tryOnId, { maxRetries: 0 }));
    expect(api.arrived).toHaveLength(4);
  });
});

describe('what could do something twice', () => {
  const changes: [string, (catwalk: ReturnType<typeof client>) => Promise<unknown>][] = [
    ['tryOns.cancel', ({ tryOns }) => tryOns.cancel(tryOnId)],
    ['tryOns.retry', ({ tryOns }) => tryOns.retry(tryOnId)],
    ['tryOns.adopt', ({ tryOns }) => tryOns.adopt(tryOnId, '1')],
    ['accounts.pause', ({ accounts }) => accounts.pause('anna@example.com')],
    ['accounts.resume', ({ accounts }) => accounts.resume('anna@example.com')],
    ['pause', ({ pause }) => pause()],
    ['resume', ({ resume }) => resume()],
    ['batches.retryFailed', ({ batches }) => batches.retryFailed('bat_1')],
    ['batches.cancel', ({ batches }) => batches.cancel('bat_1')],
    ['batches.pause', ({ batches }) => batches.pause('bat_1')],
    ['batches.resume', ({ batches }) => batches.resume('bat_1')],
    ['batches.setPriority', ({ batches }) => batches.setPriority('bat_1', 'low')],
  ];
  it.each(changes)('%s goes out once, whatever happens to it', async (_, change) => {
    api.behave(hangUp);
    expect(await failureOf(change(client()))).toBeInstanceOf(ConnectionError);
    api.behave(refuse(503, 'unavailable', soon));
    expect(await failureOf(change(client()))).toBeInstanceOf(ApiError);
    expect(api.arrived.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });
});

describe('a refusal', () => {
  it('is told in the API’s own words, field by field', async () => {
    const errors = [{ path: 'imageCount', message: 'must be a whole number from 1 to 4' }];
    api.behave(refuse(400, 'invalid_request', {}, { errors }));
    const error = await failureOf(client().tryOns.create(garment));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      name: 'ApiError',
      message: 'invalid_request: A detail (imageCount must be a whole number from 1 to 4)',
      code: 'invalid_request',
      status: 400,
      title: 'A title',
      detail: 'A detail',
      retryable: false,
      requestId: 'req-1',
      errors,
      idempotencyKey: api.arrived[0]?.headers['idempotency-key'],
    });
    expect(api.arrived).toHaveLength(1);
  });

  it('with a code that is newer than this client is one like any other', async () => {
    api.behave(refuse(409, 'a_new_code'));
    expect(await failureOf(client().tryOns.get(tryOnId))).toMatchObject({ code: 'a_new_code' });
  });

  it.each([
    ['a page of a proxy', '<html>'],
    ['nothing', ''],
    ['other JSON', '{"error":"no"}'],
    ['JSON that is no object', 'null'],
  ])('that is %s is told by its status', async (_, body) => {
    api.behave(answer(403, body));
    expect(await failureOf(client().tryOns.get(tryOnId))).toMatchObject({
      code: 'http_403',
      status: 403,
      errors: [],
    });
  });
});

describe('an answer nobody expected', () => {
  it.each([
    ['garbage', answer(200, 'OK')],
    ['nothing', answer(200, '')],
    ['another resource', answer(200, { object: 'batch' })],
  ])('of %s is an error with the request’s id, and is not asked for again', async (_, behaviour) => {
    api.behave(behaviour);
    const error = await failureOf(client().tryOns.get(tryOnId));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error.requestId).toBe('req-1');
    expect(api.arrived).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    'of a redirect (%i) is not followed: it would take the key along',
    async (status) => {
      api.behave(answer(status, '', { location: `${api.url}/elsewhere` }), answer(200, tryOn()));
      expect(await failureOf(client().tryOns.get(tryOnId))).toBeInstanceOf(UnexpectedAnswerError);
      expect(api.arrived).toHaveLength(1);
    },
  );
});

describe('what cannot be sent', () => {
  it('is told at once, and is no fault of the connection', async () => {
    const { tryOns } = client();
    expect(await failureOf(tryOns.create(garment, { idempotencyKey: 'a\nb' }))).toMatchObject({
      name: 'CatwalkError',
      message: expect.stringContaining('idempotencyKey'),
    });
    expect(await failureOf(tryOns.list({ createdAfter: new Date('soon') }).page())).toBeInstanceOf(
      RangeError,
    );
    const circular: Record<string, unknown> = {};
    circular.metadata = circular;
    expect(await failureOf(tryOns.create(circular as never))).toBeInstanceOf(TypeError);
    expect(await failureOf(tryOns.get('..'))).toMatchObject({ name: 'CatwalkError' });
    expect(api.arrived).toHaveLength(0);
  });
});

describe('time', () => {
  it('ends each try', async () => {
    api.behave(keepSilent);
    const error = await failureOf(client({ timeoutMs: 50, maxRetries: 1 }).tryOns.get(tryOnId));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(api.arrived).toHaveLength(2);
  });

  it('ends an answer that does not go on', async () => {
    api.behave((_request, response) => void response.writeHead(200).write('{'));
    const error = await failureOf(client({ timeoutMs: 100, maxRetries: 0 }).tryOns.get(tryOnId));
    expect(error).toBeInstanceOf(TimeoutError);
  });

  it('is longer where the server was asked to wait', async () => {
    api.behave((request, response, arrived) =>
      setTimeout(() => answer(200, tryOn({ status: 'succeeded' }))(request, response, arrived), 150),
    );
    await client({ timeoutMs: 20 }).tryOns.get(tryOnId, { waitSeconds: 1 });
    await client({ timeoutMs: 20 }).tryOns.create(garment, { waitSeconds: 1 });
    expect(api.arrived[0]?.url).toBe(`/v1/try-ons/${tryOnId}?wait=1`);
    expect(api.arrived[1]?.headers.prefer).toBe('wait=1');
  });
});

describe('the caller’s signal', () => {
  const reason = new Error('the caller has gone');

  it('ends a request on its way, with its own reason', async () => {
    api.behave(keepSilent);
    const controller = new AbortController();
    const promise = failureOf(client().tryOns.get(tryOnId, { signal: controller.signal }));
    await eventually(() => expect(api.arrived).toHaveLength(1));
    controller.abort(reason);
    expect(await promise).toBe(reason);
  });

  it('ends a wait before the next try', async () => {
    api.behave(refuse(503, 'unavailable', { 'retry-after': '50' }));
    const controller = new AbortController();
    const promise = failureOf(client().tryOns.get(tryOnId, { signal: controller.signal }));
    await eventually(() => expect(api.arrived).toHaveLength(1));
    controller.abort(reason);
    expect(await promise).toBe(reason);
    expect(api.arrived).toHaveLength(1);
  });

  it('that has aborted before lets nothing out', async () => {
    expect(await failureOf(client().tryOns.get(tryOnId, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(api.arrived).toHaveLength(0);
  });
});

describe('the key', () => {
  it('goes out as a bearer token, and without one there is no such header', async () => {
    api.behave(answer(200, tryOn()));
    await client().tryOns.get(tryOnId);
    await createCatwalk({ baseUrl: api.url }).tryOns.get(tryOnId);
    expect(api.arrived.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, undefined]);
  });

  it('stands in nothing that is thrown or shown', async () => {
    const catwalk = client({ timeoutMs: 200, maxRetries: 0 });
    const shown: unknown[] = [catwalk, catwalk.tryOns, catwalk.tryOns.list()];
    for (const behaviour of [
      hangUp,
      keepSilent,
      refuse(401, 'unauthorized'),
      answer(200, '<'),
      answer(302, ''),
    ]) {
      api.behave(behaviour);
      shown.push(await failureOf(catwalk.tryOns.create(garment)));
    }
    const nobody = createCatwalk({ baseUrl: 'http://127.0.0.1:1', apiKey: KEY, maxRetries: 0 });
    shown.push(await failureOf(nobody.tryOns.create(garment)));
    for (const one of shown) expect(inspect(one, { depth: null, showHidden: true })).not.toContain(KEY);
  });

  it.each(['', 'line\nbreak-s3cret', 'schlüssel-s3cret', 'with space-s3cret'])(
    'of %j is refused, unnamed',
    (apiKey) => {
      expect(() => client({ apiKey })).toThrow(/apiKey/);
      expect(() => client({ apiKey })).not.toThrow(/s3cret/);
    },
  );
});

describe('waiting for a try-on', () => {
  it('asks until it is final, and not over and over when a stopping server answers at once', async () => {
    const open = answer(200, tryOn({ status: 'processing' }));
    api.behave(open, hangUp, answer(200, tryOn({ status: 'failed' })));
    const startedAt = performance.now();
    expect(await client().tryOns.waitUntilFinal(tryOnId)).toMatchObject({ status: 'failed' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(api.arrived.map(({ url }) => url)).toEqual(Array(3).fill(`/v1/try-ons/${tryOnId}?wait=30`));
  });
});
