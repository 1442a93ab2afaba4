import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchDryRun, RetryFailed } from '@catwalk/contract';
import { describe, expect, it } from 'vitest';
import {
  ApiError,
  type BatchResult,
  ConnectionError,
  createCatwalk,
  TimeoutError,
  UnexpectedAnswerError,
} from '../src/index.js';
import { answer, type Behaviour, hangUp, refuse, startFakeApi, takeAndHangUp } from './fake-api.js';
import { batch, batchId, result } from './samples.js';

const api = await startFakeApi();
const { batches } = createCatwalk({ baseUrl: api.url });
const one = { humanImage: 'https://a.example/1.jpg', dressInput: 'https://a.example/2.jpg', customId: 'one' };
const two = { ...one, customId: 'two' };
const lines = `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`;
const soon = { 'retry-after': '0' };
const keys = () => api.arrived.map(({ headers }) => headers['idempotency-key']);
const failureOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it was to fail'),
    (error) => error,
  );

async function* generate(count = 2) {
  for (let index = 0; index < count; index += 1) yield index % 2 === 0 ? one : two;
}

describe('creating a batch', () => {
  it('sends the lines, with the options in the query', async () => {
    api.behave(answer(202, batch()));
    const created = await batches.create([one, two], {
      pilot: 20,
      pauseOnFailures: { ratio: 0.5, after: 10 },
      maxImages: 100,
      expiresAt: new Date('2030-01-01T00:00:00Z'),
      priority: 'low',
    });
    expect(created).toEqual(batch());
    const [sent] = api.arrived;
    expect(sent).toMatchObject({ method: 'POST', body: lines });
    expect(sent?.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'idempotency-key': expect.any(String),
    });
    expect(Object.fromEntries(new URL(sent?.url ?? '', api.url).searchParams)).toEqual({
      pilot: '20',
      pauseOnFailures: '0.5,10',
      maxImages: '100',
      expiresAt: '2030-01-01T00:00:00.000Z',
      priority: 'low',
    });
  });

  it('can leave the failure guard off', async () => {
    api.behave(answer(202, batch()));
    await batches.create('', { pauseOnFailures: false });
    expect(api.arrived[0]?.url).toBe('/v1/batches?pauseOnFailures=off');
  });

  it.each([
    ['an array', [one, two]],
    ['a text', lines],
    ['a blob', new Blob([lines])],
    ['a function', () => generate()],
  ])('from %s is repeated with the same bytes and key, whatever comes between', async (_, input) => {
    const stillRunning = refuse(409, 'upload_in_progress', soon);
    api.behave(takeAndHangUp(1), stillRunning, refuse(503, 'unavailable', soon), answer(202, batch()));
    await batches.create(input);
    expect(api.arrived.slice(1).map(({ body }) => body)).toEqual([lines, lines, lines]);
    expect(new Set(keys()).size).toBe(1);
  });

  it('from a stream that was partly read is not repeated, and the error says how to go on', async () => {
    api.behave(takeAndHangUp(1));
    const error = await failureOf(batches.create(generate(100_000)));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.idempotencyKey).toBe(keys()[0]);
    expect(error.message).toMatch(/call again with the same input and this error’s idempotencyKey/);
    expect(api.arrived).toHaveLength(1);
    api.behave(answer(202, batch()));
    await batches.create(generate(), { idempotencyKey: error.idempotencyKey });
    expect(keys()[1]).toBe(keys()[0]);
  });

  it('from a stream says how to go on also after a refusal that may pass, and only then', async () => {
    api.behave(refuse(503, 'unavailable', soon));
    const passing = await failureOf(batches.create(generate()));
    expect(passing).toBeInstanceOf(ApiError);
    expect(passing.message).toMatch(/this error’s idempotencyKey/);
    api.behave(
      refuse(409, 'idempotency_key_reused', {}, { errors: [{ path: 'line 4711', message: 'differs' }] }),
    );
    const final = await failureOf(batches.create(generate()));
    expect(final.message).toBe('idempotency_key_reused: A detail (line 4711 differs)');
    expect(api.arrived).toHaveLength(2);
  });

  it('from a stream that nobody has read yet is repeated', async () => {
    let refused = 0;
    const catwalk = createCatwalk({
      baseUrl: api.url,
      fetch: async (url, init) => {
        refused += 1;
        if (refused === 1) throw new TypeError('fetch failed');
        return fetch(url, init);
      },
    });
    api.behave(answer(202, batch()));
    await catwalk.batches.create(generate());
    expect(api.arrived.map(({ body }) => body)).toEqual([lines]);
  });

  it('ends with what the input itself threw, and sends nothing again', async () => {
    api.behave(answer(202, batch()));
    const broken = new Error('the file is gone');
    const source = async function* () {
      yield one;
      throw broken;
    };
    expect(await failureOf(batches.create(source))).toBe(broken);
    expect(api.arrived.length).toBeLessThanOrEqual(1);
  });

  it('that is refused before all of it was sent is told why, and reads no further', async () => {
    let closed = false;
    api.behave((_request, response) => {
      const problem = { code: 'invalid_request', detail: 'Line 1 is no JSON', errors: [] };
      response.writeHead(400, { 'content-type': 'application/problem+json', connection: 'close' });
      response.end(JSON.stringify(problem));
    });
    const endless = function* () {
      try {
        for (;;) yield one;
      } finally {
        closed = true;
      }
    };
    expect(await failureOf(batches.create(endless))).toMatchObject({ code: 'invalid_request', status: 400 });
    expect([api.arrived.length, closed]).toEqual([1, true]);
  });

  it('from a file of Node.js takes its bytes as they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'catwalk-sdk-'));
    const path = join(folder, 'catalogue.csv');
    const csv = `customId;humanImage\r\n${'größe;https://a.example/1.jpg\r\n'.repeat(20_000)}`;
    await writeFile(path, csv);
    api.behave(answer(202, batch({ format: 'csv' })));
    await batches.create(() => createReadStream(path), { format: 'csv' });
    expect(api.arrived[0]?.headers['content-type']).toBe('text/csv');
    expect(api.arrived[0]?.body === csv).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('from people and garments is one JSON document', async () => {
    api.behave(answer(202, batch({ format: 'json' })));
    await batches.create({
      people: ['https://a.example/1.jpg'],
      garments: [{ dress: 'https://a.example/2.jpg' }],
    });
    expect(api.arrived[0]?.headers['content-type']).toBe('application/json');
  });

  it('is ended by a server that takes nothing any more, and by the caller’s signal', async () => {
    api.behave((request) => void request.pause());
    const options = { timeoutMs: 200, maxRetries: 0 };
    expect(await failureOf(batches.create(generate(200_000), options))).toBeInstanceOf(TimeoutError);
    const controller = new AbortController();
    const promise = failureOf(batches.create(generate(200_000), { signal: controller.signal }));
    await expect.poll(() => api.arrived.length).toBe(2);
    controller.abort(new Error('enough'));
    expect(await promise).toMatchObject({ message: 'enough' });
  });

  it('has all the time it needs while something moves', async () => {
    api.behave(answer(202, batch()));
    async function* slowly() {
      for (let index = 0; index < 6; index += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        yield new TextEncoder().encode(lines);
      }
    }
    await batches.create(slowly(), { timeoutMs: 400 });
    expect(api.arrived[0]?.body).toBe(lines.repeat(6));
  });
});

describe('a dry run', () => {
  const dryRun: BatchDryRun = {
    object: 'batch_dry_run',
    livemode: false,
    format: 'ndjson',
    lines: 2,
    valid: 2,
    invalidLines: { count: 0, first: [] },
    duplicates: { customIds: 0, requests: 1, first: [{ line: 2, sameAs: 1, of: 'request' }] },
    images: 2,
    estimatedCost: { amount: '0.11', currency: 'EUR' },
    credits: [{ account: 'anna@example.com', credits: null }],
    slots: 7,
    estimatedSeconds: null,
  };

  it('stores nothing: it needs no key to be repeated', async () => {
    api.behave(hangUp, answer(200, dryRun));
    expect(await batches.dryRun([one, two], { pilot: 1 })).toEqual(dryRun);
    expect(api.arrived.map(({ url }) => url)).toEqual(Array(2).fill('/v1/batches?pilot=1&dryRun=true'));
    expect(keys()).toEqual([undefined, undefined]);
  });
});

describe('control', () => {
  const retried: RetryFailed = { object: 'batch_retry', retried: 31, leftOut: { unproven: 6 } };
  it('asks for what it is named by', async () => {
    api.behave(answer(200, batch()));
    await batches.get(batchId);
    await batches.cancel(batchId);
    await batches.pause(batchId);
    await batches.resume(batchId);
    await batches.setPriority(batchId, 'high');
    api.behave(answer(200, retried));
    expect(await batches.retryFailed(batchId)).toEqual(retried);
    expect(api.arrived.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', `/v1/batches/${batchId}`, ''],
      ['POST', `/v1/batches/${batchId}/cancel`, '{}'],
      ['POST', `/v1/batches/${batchId}/pause`, '{}'],
      ['POST', `/v1/batches/${batchId}/resume`, '{}'],
      ['POST', `/v1/batches/${batchId}/priority`, '{"priority":"high"}'],
      ['POST', `/v1/batches/${batchId}/retry-failed`, '{}'],
    ]);
  });

  it('is refused where the batch is in another state', async () => {
    api.behave(refuse(409, 'wrong_batch_state'));
    expect(await failureOf(batches.pause(batchId))).toMatchObject({ code: 'wrong_batch_state', status: 409 });
  });
});

describe('listings', () => {
  it('are read page by page, each when it is needed', async () => {
    api.behave(
      answer(200, { data: [batch(), batch()], nextCursor: 'c/1' }),
      answer(200, { data: [batch({ state: 'paused' })], nextCursor: null }),
    );
    const states = [];
    for await (const { state } of batches.list({ state: 'running', limit: 2 })) {
      states.push(state);
      if (states.length === 2) expect(api.arrived).toHaveLength(1);
    }
    expect(states).toEqual(['running', 'running', 'paused']);
    expect(api.arrived.map(({ url }) => url)).toEqual([
      '/v1/batches?state=running&limit=2',
      '/v1/batches?state=running&limit=2&cursor=c%2F1',
    ]);
  });

  it('hold invalid lines too', async () => {
    const invalid = {
      line: 3,
      errors: [{ path: 'imageCount', message: 'must be a whole number from 1 to 4' }],
    };
    api.behave(answer(200, { data: [invalid], nextCursor: null }));
    expect(await batches.invalidLines(batchId).page('abc')).toEqual({ data: [invalid], nextCursor: null });
    expect(api.arrived[0]?.url).toBe(`/v1/batches/${batchId}/invalid-lines?cursor=abc`);
  });
});

describe('results', () => {
  const line = (position: number) => `${JSON.stringify(result(position))}\n`;
  const ndjson = { 'content-type': 'application/x-ndjson' };
  const cut =
    (text: string): Behaviour =>
    (request, response) => {
      response.writeHead(200, ndjson);
      response.write(text, () => setImmediate(() => request.socket.destroy()));
    };
  const collect = async (results: AsyncIterable<BatchResult>) => {
    const found = [];
    for await (const one of results) found.push(one);
    return found;
  };
  const asked = () => api.arrived.map(({ url }) => new URL(url, api.url).searchParams.get('after'));

  it('come one by one, as many as there are', async () => {
    api.behave(answer(200, line(1) + line(2), ndjson));
    expect(await collect(batches.results(batchId, { status: 'failed' }))).toEqual([result(1), result(2)]);
    expect(api.arrived.map(({ url }) => url)).toEqual([
      `/v1/batches/${batchId}/results?format=ndjson&status=failed`,
    ]);
    api.behave(answer(200, '', ndjson));
    expect(await collect(batches.results(batchId, { after: '7' }))).toEqual([]);
  });

  it('go on behind the last whole line when the connection is cut, wherever', async () => {
    const third = line(3);
    api.behave(
      cut(line(1) + line(2) + third.slice(0, third.indexOf('✓') + 1)),
      hangUp,
      refuse(503, 'unavailable', soon),
      cut(third),
      answer(200, line(4), ndjson),
    );
    expect(await collect(batches.results(batchId))).toEqual([1, 2, 3, 4].map(result));
    expect(asked()).toEqual([null, '2', '2', '2', '3']);
  });

  it('go on when an answer ends as if it were whole, but its last line does not', async () => {
    api.behave(
      answer(200, line(1) + line(2).slice(0, 40), ndjson),
      answer(200, line(2).trimEnd(), ndjson),
      answer(200, '', ndjson),
    );
    expect(await collect(batches.results(batchId))).toEqual([result(1), result(2)]);
    expect(asked()).toEqual([null, '1', '2']);
  });

  it('end with the error when nothing more comes', async () => {
    api.behave(cut(line(1)), hangUp);
    const results = batches.results(batchId, { maxRetries: 1 });
    expect(await failureOf(collect(results))).toBeInstanceOf(ConnectionError);
    expect(asked()).toEqual([null, '1']);
  });

  it('wait for whoever reads them, however long that takes', async () => {
    api.behave((_request, response) => {
      response.writeHead(200, ndjson).write(line(1));
      setTimeout(() => response.end(line(2)), 50);
    });
    const found = [];
    for await (const one of batches.results(batchId, { timeoutMs: 150 })) {
      found.push(one);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(found).toHaveLength(2);
    expect(api.arrived).toHaveLength(1);
  });

  it('that are read no further close the connection', async () => {
    let closed = false;
    api.behave((request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      response.writeHead(200, ndjson).write(line(1));
    });
    for await (const _one of batches.results(batchId)) break;
    await expect.poll(() => closed).toBe(true);
  });

  it('that the contract does not know are an error, not a reason to ask again', async () => {
    api.behave(answer(200, `${line(1)}<html>\n`, ndjson));
    const error = await failureOf(collect(batches.results(batchId)));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error.requestId).toBe('req-1');
    expect(api.arrived).toHaveLength(1);
  });

  it('of a batch that does not exist are the API’s refusal', async () => {
    api.behave(refuse(404, 'batch_not_found'));
    expect(await failureOf(collect(batches.results(batchId)))).toMatchObject({ code: 'batch_not_found' });
  });

  it('come as CSV byte by byte', async () => {
    api.behave(answer(200, 'customId;errorCode\r\ngröße;x\r\n', { 'content-type': 'text/csv' }));
    const chunks = [];
    for await (const chunk of batches.resultsCsv(batchId, { status: ['failed', 'canceled'] }))
      chunks.push(chunk);
    expect(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text()).toBe(
      'customId;errorCode\r\ngröße;x\r\n',
    );
    expect(api.arrived[0]?.url).toBe(`/v1/batches/${batchId}/results?format=csv&status=failed%2Ccanceled`);
  });
});

describe('waiting for a batch', () => {
  it('shows every look, outlasts a server that is away, and ends with the batch', async () => {
    api.behave(
      answer(200, batch({ state: 'receiving' })),
      hangUp,
      answer(200, batch({ state: 'paused' })),
      answer(200, batch({ state: 'finished', outcome: 'some_failed' })),
    );
    const seen: string[] = [];
    const onProgress = ({ state }: { state: string }) => void seen.push(state);
    expect(await batches.wait(batchId, { onProgress, pollMs: 1 })).toMatchObject({ outcome: 'some_failed' });
    expect(seen).toEqual(['receiving', 'paused', 'finished']);
  });

  it('ends with a paused one if asked', async () => {
    api.behave(answer(200, batch()), answer(200, batch({ state: 'paused' })));
    expect(await batches.wait(batchId, { untilPaused: true, pollMs: 1 })).toMatchObject({ state: 'paused' });
  });

  it('is ended by the signal, also between two looks', async () => {
    api.behave(answer(200, batch()));
    const controller = new AbortController();
    const onProgress = () => setImmediate(() => controller.abort(new Error('enough')));
    const waiting = batches.wait(batchId, { onProgress, pollMs: 60_000, signal: controller.signal });
    expect(await failureOf(waiting)).toMatchObject({ message: 'enough' });
  });
});
