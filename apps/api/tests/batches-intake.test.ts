import { batchSchema } from '@catwalk/contract';
import { databaseForFile, runSql } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);

const NDJSON = { 'content-type': 'application/x-ndjson' };
const post = (body: string, query = '', headers: Record<string, string> = {}) =>
  api.request(`/v1/batches${query}`, {
    method: 'POST',
    headers: { ...NDJSON, ...as('anna'), ...headers },
    body,
  });
const line = (n: number, more: object = {}) =>
  JSON.stringify({
    humanImage: `https://pictures.example/p${n}.jpg`,
    dressInput: 'https://pictures.example/d.jpg',
    customId: `sku-${n}`,
    ...more,
  });
const lines = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => `${line(index + 1, more)}\n`).join('');
interface Row {
  batch_line: number;
  [name: string]: unknown;
}
const rowsOf = (batchId: string) =>
  runSql<Row>(database.url, 'SELECT * FROM catwalk.try_on WHERE batch_id = $1 ORDER BY id', [batchId]);
const countBatches = async () =>
  (await runSql<{ n: number }>(database.url, 'SELECT count(*)::int AS n FROM catwalk.batch'))[0]?.n;

describe('POST /v1/batches', () => {
  it('stores each line as a queued row of the batch, with its first event, and answers with the batch', async () => {
    const body = [
      line(1),
      line(2, {
        imageCount: 3,
        email: 'ben@example.com',
        maxJobs: 2,
        priority: 'high',
        metadata: { a: 'b' },
      }),
      line(3, { replyUrl: 'https://shop.example/hook', replyRef: 'r', expiresAt: '2030-01-01T00:00:00Z' }),
    ].join('\r\n');
    const answer = await post(body, '?priority=low&pauseOnFailures=0.5,10&maxImages=7');

    expect(answer.status).toBe(202);
    const batch = batchSchema.strict().parse(answer.body);
    expect(answer.headers.get('location')).toBe(`/v1/batches/${batch.id}`);
    expect(batch).toMatchObject({
      state: 'running',
      client: 'anna',
      format: 'ndjson',
      total: 3,
      images: 5,
      counts: { queued: 3 },
      invalidLines: { count: 0, first: [] },
      pauseOnFailures: { ratio: 0.5, after: 10 },
      maxImages: 7,
      priority: 'low',
      pilot: null,
    });
    const [first, second, third] = await rowsOf(batch.id);
    expect(first).toMatchObject({
      ...{ client: 'anna', origin: 'batch', batch_line: 1, custom_id: 'sku-1', image_count: 1, metadata: {} },
      ...{
        status: 'queued',
        lane: '*',
        flow: batch.id,
        priority: 2,
        expires_at: null,
        idempotency_key: null,
      },
    });
    expect(second).toMatchObject({
      ...{ lane: 'ben@example.com', flow: `${batch.id} max 2#3`, priority: 0, metadata: { a: 'b' } },
      ...{ image_count: 3, max_jobs: 2, email: 'ben@example.com' },
    });
    expect(third).toMatchObject({ reply_url: 'https://shop.example/hook', reply_ref: 'r', lane: '*' });
    expect(third?.expires_at).toEqual(new Date('2030-01-01T00:00:00Z'));
    const events = await runSql(
      database.url,
      'SELECT e.kind, e.actor FROM catwalk.event e JOIN catwalk.try_on t ON t.id = e.try_on_id WHERE batch_id = $1',
      [batch.id],
    );
    expect(events).toEqual(Array(3).fill({ kind: 'try_on.queued', actor: 'anna' }));
    const ceilings = await runSql(
      database.url,
      "SELECT images FROM catwalk.ceiling WHERE scope = 'batch' AND name = $1",
      [batch.id],
    );
    expect(ceilings).toEqual([{ images: 7 }]);
  });

  it('what the batch says of expiry holds for every line, unless one expires sooner', async () => {
    const soon = '2030-01-01T00:00:00.000Z';
    const late = '2040-01-01T00:00:00.000Z';
    const body = [line(1), line(2, { expiresAt: soon }), line(3, { expiresAt: late })].join('\n');
    const answer = await post(body, '?expiresAt=2035-01-01T00:00:00Z');
    const batchTime = new Date('2035-01-01T00:00:00Z');
    expect((await rowsOf(answer.body.id)).map((row) => row.expires_at)).toEqual([
      batchTime,
      new Date(soon),
      batchTime,
    ]);
  });

  it('a line that is nested too deep spoils no other', async () => {
    const deep = line(2, { metadata: { a: 0 } }).replace('0', '['.repeat(6_000) + ']'.repeat(6_000));
    const answer = await post([line(1), deep, line(3)].join('\n'));
    expect(answer.body).toMatchObject({ total: 2, invalidLines: { count: 1, first: [{ line: 2 }] } });
    expect(answer.body.invalidLines.first[0].errors[0].message).toContain('nested');
  });

  it('reports invalid lines by line, field and reason, and stores the others', async () => {
    const body = [
      line(1),
      '{"humanImage":',
      line(3, { imageCount: 9, 'colo\u0000ur': 'red' }),
      '[]',
      line(5, { email: 'eve@example.com', humanImage: 'http://127.0.0.1/p.jpg' }),
      line(6, { expiresAt: '2020-01-01T00:00:00Z' }),
      '',
      line(8),
    ].join('\n');
    const answer = await post(body);
    expect(answer.status).toBe(202);
    expect((await rowsOf(answer.body.id)).map((row) => row.batch_line)).toEqual([1, 8]);
    expect(answer.body.invalidLines.count).toBe(5);
    expect(answer.body.invalidLines.first).toEqual([
      { line: 2, errors: [{ path: '', message: 'is not valid JSON' }] },
      {
        line: 3,
        errors: [
          { path: 'imageCount', message: 'must be a whole number from 1 to 4' },
          { path: 'colo\ufffdur', message: 'is an unknown field' },
        ],
      },
      { line: 4, errors: [{ path: '', message: 'must be a JSON object' }] },
      {
        line: 5,
        errors: [
          { path: 'humanImage', message: 'must not be a private or loopback address' },
          { path: 'email', message: 'must be one of the configured accounts' },
        ],
      },
      { line: 6, errors: [{ path: 'expiresAt', message: 'must not be in the past' }] },
    ]);
  });

  it.each([
    ['no valid line', '{}\n[]\n', 'line 1'],
    ['no line at all', '\n\n', undefined],
  ])('refuses an input with %s, and keeps nothing of it', async (_what, body, path) => {
    const before = await countBatches();
    const answer = await post(body, '', { 'idempotency-key': 'nothing-valid' });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.errors?.[0].path).toBe(path);
    expect(await countBatches()).toBe(before);
  });

  it('of an input with very many invalid lines shows the first hundred', async () => {
    const answer = await post('{}\n'.repeat(150));
    expect(answer.body.errors).toHaveLength(100);
    expect(answer.body.errors[99].path).toBe('line 100');
  });

  it('marks the lines of a pilot, at equal distances', async () => {
    const answer = await post(lines(2_500, { maxJobs: 3 }), '?pilot=5');
    expect(answer.body).toMatchObject({ total: 2_500, pilot: 5 });
    const rows = await rowsOf(answer.body.id);
    const pilot = rows.filter((row) => row.flow === `${answer.body.id} pilot max 3`);
    expect(pilot.map((row) => row.batch_line)).toEqual([1, 501, 1_001, 1_501, 2_001]);
    const [kept] = await runSql<{ pilot_ids: string[]; piloting: boolean }>(
      database.url,
      'SELECT pilot_ids, piloting FROM catwalk.batch WHERE id = $1',
      [answer.body.id],
    );
    expect(kept).toEqual({ pilot_ids: pilot.map((row) => row.id), piloting: true });
  });

  it('a pilot that is larger than the batch is all of it', async () => {
    const answer = await post(lines(3), '?pilot=20');
    const rows = await rowsOf(answer.body.id);
    expect(rows.map((row) => row.flow)).toEqual(Array(3).fill(`${answer.body.id} pilot`));
  });

  it.each([
    ['text/plain', 'application/x-ndjson, text/csv, application/json'],
    ['text/csv; charset=iso-8859-1', 'UTF-8'],
    ['', 'application/x-ndjson'],
  ])('refuses the media type %j before it reads the body', async (type, said) => {
    const answer = await post(lines(1), '', { 'content-type': type });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
    expect(answer.body.detail).toContain(said);
  });

  it('refuses a body with a Content-Encoding', async () => {
    const answer = await post(lines(1), '', { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(415);
  });

  it.each([
    ['?pilot=0', 'pilot'],
    ['?pilot=1&pilot=2', 'pilot'],
    ['?maxImages=x', 'maxImages'],
    ['?pauseOnFailures=2,1', 'pauseOnFailures'],
    ['?expiresAt=2020-01-01T00:00:00Z', 'expiresAt'],
    ['?dryRun=yes', 'dryRun'],
    ['?colour=red', 'colour'],
  ])('refuses the query %s naming %s, and stores nothing', async (query, path) => {
    const before = await countBatches();
    const answer = await post(lines(1), query);
    expect([answer.status, answer.body.errors?.[0].path]).toEqual([400, path]);
    expect(await countBatches()).toBe(before);
  });

  it('asks for a key before it reads anything', async () => {
    const answer = await post(lines(1), '', { authorization: 'Bearer nobody' });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized']);
  });
});
