import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDatabase } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { databaseForFile, eventually, runSql } from '@catwalk/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contextFromConfig, createApi } from '../src/index.js';
import { openUpload } from '../src/open-upload.js';
import { type Answer, as, defaults, keyed, type keys, startApi } from './start-api.js';
import { beginUpload } from './upload.js';

const database = await databaseForFile();
const api = await startApi(database.url);
const keyedApi = await startApi(database.url, keyed);

const headersOf = (key: string | null) => ({
  'content-type': 'application/x-ndjson',
  ...(key === null ? {} : { 'idempotency-key': key }),
});
const line = (n: number) =>
  `${JSON.stringify({ humanImage: `https://pictures.example/p${n}.jpg`, dressInput: 'https://pictures.example/d.jpg' })}\n`;
const lines = (count: number) => Array.from({ length: count }, (_, n) => line(n)).join('');
const batches = () =>
  runSql<{ key: string | null; state: string; total: number; token: string | null }>(
    database.url,
    'SELECT idempotency_key AS key, state, total, upload_token AS token FROM catwalk.batch ORDER BY id',
  );

/** Another API on the same database, for one test. */
async function startSecond() {
  const own = openDatabase({ url: database.url, poolMax: 4 });
  const carrier = { wake: () => undefined, ping: async () => undefined, close: async () => undefined };
  const logger = createLogger({ app: 'api', level: 'silent' });
  const context = { database: own, carrier, logger, checked: true };
  const second = createApi(contextFromConfig(defaults(database.url), context));
  onTestFinished(async () => {
    await second.close();
    await own.close();
  });
  return { second, url: (await second.start()).url };
}

describe('an API that is stopped', () => {
  it('breaks uploads off with 503: with a key they can be gone on with at once, without one nothing stays', async () => {
    const { second, url } = await startSecond();
    const dry = beginUpload(`${url}/v1/batches?dryRun=true`, headersOf(null));
    await dry.write(lines(1_500));
    const keyed = beginUpload(`${url}/v1/batches`, headersOf('stopped'));
    const keyless = beginUpload(`${url}/v1/batches`, headersOf(null));
    for (const upload of [keyed, keyless]) await upload.write(lines(1_500));
    await eventually(async () => expect(await batches()).toMatchObject([{ total: 1_000 }, { total: 1_000 }]));

    const startedAt = performance.now();
    await second.close();
    expect(performance.now() - startedAt).toBeLessThan(3_000);

    for (const upload of [keyed, keyless, dry])
      expect(await upload.answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(await batches()).toEqual([{ key: 'stopped', state: 'receiving', total: 1_000, token: null }]);
    const completed = await api.request('/v1/batches', {
      method: 'POST',
      headers: headersOf('stopped'),
      body: lines(1_500),
    });
    expect([completed.status, completed.body.total]).toEqual([202, 1_500]);
  });
});

it('an API that starts removes what uploads without a key have left, and no others', async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.batch (id, client, idempotency_key, format, options, state, state_since, priority, created_at,
       updated_at, upload_until)
     SELECT n.id, 'default', n.key, 'ndjson', '', 'receiving', now(), 1, now(), now(), now() + n.until
     FROM (VALUES ('bat_left', NULL, interval '-2 minutes'), ('bat_alive', NULL, interval '5 s'),
       ('bat_keyed', 'k', interval '-2 minutes')) AS n(id, key, until)`,
  );
  await startSecond();
  const left = async () =>
    (
      await runSql<{ id: string }>(
        database.url,
        "SELECT id FROM catwalk.batch WHERE state = 'receiving' ORDER BY id",
      )
    ).map(({ id }) => id);
  await eventually(async () => expect(await left()).toEqual(['bat_alive', 'bat_keyed']));
});

describe('uploads that run at once', () => {
  /** So many of one client's, and the answer to one more of the client's. */
  async function beginAs(name: keyof typeof keys, count: number, query = '') {
    const { url } = keyedApi;
    const headers = (n: number | string) => ({ ...headersOf(`${name} ${n}`), ...as(name) });
    const uploads = Array.from({ length: count }, (_, n) =>
      beginUpload(`${url}/v1/batches${query}`, headers(n)),
    );
    for (const upload of uploads) await upload.write(line(1));
    const more = () =>
      keyedApi.request('/v1/batches', { method: 'POST', headers: headers('more'), body: line(1) });
    return { uploads, more };
  }
  const refusal = async (more: () => Promise<Answer>) => {
    const { status, headers, body } = await more();
    return [status, body.code, headers.get('retry-after'), body.detail];
  };
  const begun = (count: number) =>
    eventually(async () =>
      expect(
        (await batches()).filter(({ key, state }) => state === 'receiving' && /^\w+ \d$/.test(key ?? '')),
      ).toHaveLength(count),
    );

  it('are no more than three of one client and eight in all; others are told to come again', async () => {
    const all = [await beginAs('anna', 3), await beginAs('ben', 3), await beginAs('admin', 2)] as const;
    await begun(8);
    const code = [429, 'too_many_requests', '5'];
    expect(await refusal(all[0].more)).toEqual([...code, '3 uploads of this client are running']);
    expect(await refusal(all[2].more)).toEqual([...code, '8 uploads are running']);
    for (const upload of all.flatMap(({ uploads }) => uploads)) {
      upload.end();
      expect(await upload.answer).toMatchObject({ status: 202 });
    }
    expect((await all[0].more()).status).toBe(202);
  });

  it('are dry runs too', async () => {
    const { uploads, more } = await beginAs('ben', 3, '?dryRun=true');
    await eventually(async () => expect((await more()).status).toBe(429));
    for (const upload of uploads) upload.end();
    for (const upload of uploads) expect(await upload.answer).toMatchObject({ status: 200 });
  });
});

describe('the body of an upload', () => {
  async function serveOne(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Reads one upload at this pace. */
  async function readOne(pace: Parameters<typeof openUpload>[1]) {
    const seen = { bytes: 0, ended: null as unknown };
    const url = await serveOne(async (request) => {
      try {
        for await (const { length } of openUpload(request, pace)) seen.bytes += length;
      } catch (error) {
        seen.ended = error;
      }
    });
    const upload = beginUpload(url, {});
    onTestFinished(() => upload.destroy());
    /** Resolves when it was read, or when the upload is over. */
    const send = async (text: string) => {
      const before = seen.bytes;
      await upload.write(text);
      await eventually(() => expect(seen.ended !== null || seen.bytes > before).toBe(true));
    };
    return { seen, send };
  }

  it('is broken off when nothing comes for too long, however long the whole may take', async () => {
    const { seen, send } = await readOne({ waitMs: 300, leastBytes: 1 });
    for (let n = 0; n < 4; n += 1) await send('a');
    expect(seen).toEqual({ bytes: 4, ended: null });
    await eventually(() => expect(seen.ended).toMatchObject({ name: 'RequestAbortedError' }));
  });

  it('is broken off when it comes too slowly, though something always comes', async () => {
    const { seen, send } = await readOne({ waitMs: 300, leastBytes: 100_000 });
    while (seen.ended === null) await send('a');
    expect(seen.ended).toMatchObject({ name: 'RequestAbortedError' });
    expect(seen.bytes).toBeGreaterThan(1);
  });

  it('can be left in the middle: its answer comes, and so does the next one on the same connection', async () => {
    const url = await serveOne(async (request, response) => {
      for await (const _ of openUpload(request)) break;
      response.end('{}');
    });
    for (let n = 0; n < 3; n += 1) {
      const answer = await fetch(url, { method: 'POST', body: 'x'.repeat(5_000_000) });
      expect(await answer.json()).toEqual({});
    }
  });
});
