import { lineId } from '@catwalk/infra/postgres';
import { databaseForFile, eventually, runSql } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { as, keyed, startApi } from './start-api.js';
import { beginUpload } from './upload.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);

const headersOf = (key: string | null, name: 'anna' | 'ben' = 'anna') => ({
  'content-type': 'application/x-ndjson',
  ...as(name),
  ...(key === null ? {} : { 'idempotency-key': key }),
});
const post = (body: string, key: string, query = '', name: 'anna' | 'ben' = 'anna') =>
  api.request(`/v1/batches${query}`, { method: 'POST', headers: headersOf(key, name), body });
const begin = (key: string | null) => beginUpload(`${api.url}/v1/batches`, headersOf(key));
const line = (n: number, more: object = {}) =>
  `${JSON.stringify({
    humanImage: `https://pictures.example/p${n}.jpg`,
    dressInput: 'https://pictures.example/d.jpg',
    ...more,
  })}\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index)).join('');

interface BatchFacts {
  id: string;
  state: string;
  total: number;
  stored: number;
  token: string | null;
}
const batchOf = async (key: string | null, client = 'anna') =>
  (
    await runSql<BatchFacts>(
      database.url,
      `SELECT id, state, total, upload_token AS token, (SELECT count(*)::int FROM catwalk.try_on t WHERE t.batch_id = b.id) AS stored
       FROM catwalk.batch b WHERE client = $2 AND idempotency_key IS NOT DISTINCT FROM $1`,
      [key, client],
    )
  )[0];
const untilStored = (key: string | null, stored: number) =>
  eventually(async () => expect((await batchOf(key))?.stored).toBe(stored));
const untilReleased = (key: string) =>
  eventually(async () => expect(await batchOf(key)).toMatchObject({ token: null }));
const rowIds = async (batchId: string) =>
  (
    await runSql<{ id: string }>(
      database.url,
      'SELECT id FROM catwalk.try_on WHERE batch_id = $1 ORDER BY id',
      [batchId],
    )
  ).map(({ id }) => id);

/** Sends so many lines, and goes away. */
async function breakUpload(key: string, body: string, stored: number): Promise<void> {
  const upload = begin(key);
  await upload.write(body);
  await untilStored(key, stored);
  upload.destroy();
  await untilReleased(key);
}

describe('an upload that breaks off', () => {
  it('leaves a batch that is being received, and the same bytes complete it with each line once', async () => {
    await breakUpload('broken', lines(1, 2_500), 2_000);
    const before = await batchOf('broken');
    expect(before).toMatchObject({ state: 'receiving', total: 2_000 });

    const answer = await post(lines(1, 3_500), 'broken');
    expect(answer.status).toBe(202);
    expect(answer.headers.has('idempotent-replayed')).toBe(false);
    expect(answer.body).toMatchObject({ id: before?.id, state: 'running', total: 3_500 });
    const id = String(before?.id);
    expect(await rowIds(id)).toEqual(Array.from({ length: 3_500 }, (_, index) => lineId(id, index + 1)));
    const [events] = await runSql<{ n: number }>(
      database.url,
      'SELECT count(*)::int AS n FROM catwalk.event e JOIN catwalk.try_on t ON t.id = e.try_on_id WHERE batch_id = $1',
      [id],
    );
    expect(events?.n).toBe(3_500);
  });

  it('without a key leaves nothing, since nothing could complete it', async () => {
    const upload = begin(null);
    await upload.write(lines(1, 1_500));
    await untilStored(null, 1_000);
    const id = String((await batchOf(null))?.id);
    upload.destroy();
    await eventually(async () => expect(await batchOf(null)).toBeUndefined());
    expect(await rowIds(id)).toEqual([]);
    const left = await runSql(database.url, 'SELECT 1 FROM catwalk.batch_chunk WHERE batch_id = $1', [id]);
    expect(left).toEqual([]);
  });

  it('is not completed by lines of which one has changed: 409 names it, and the right ones still do', async () => {
    await breakUpload('changed', lines(1, 2_000), 2_000);
    const changed = lines(1, 1_233) + line(99_999) + lines(1_235, 3_000);
    const refused = await post(changed, 'changed');
    expect([refused.status, refused.body.code]).toEqual([409, 'idempotency_key_reused']);
    expect(refused.body.errors).toMatchObject([{ path: 'line 1234' }]);
    expect(refused.body.detail).toContain('ine 1234 ');
    expect(await batchOf('changed')).toMatchObject({ state: 'receiving', stored: 2_000, token: null });

    expect((await post(lines(1, 3_000), 'changed')).status).toBe(202);
    expect((await batchOf('changed'))?.stored).toBe(3_000);
  });

  it('is not completed by fewer lines than there were', async () => {
    await breakUpload('shorter', lines(1, 2_000), 2_000);
    for (const [count, path] of [
      [1_000, 'line 1001'],
      [1_400, 'line 1401'],
    ] as const) {
      const refused = await post(lines(1, count), 'shorter');
      expect([refused.status, refused.body.errors[0].path]).toEqual([409, path]);
    }
    expect(await batchOf('shorter')).toMatchObject({ state: 'receiving', stored: 2_000 });
  });

  it('names a line that was invalid and has changed', async () => {
    const good = lines(1, 999);
    await breakUpload('invalid', `${line(1, { imageCount: 9 })}${good}`, 999);
    const refused = await post(`${line(1, { imageCount: 2 })}${good}`, 'invalid');
    expect([refused.status, refused.body.errors[0].path]).toEqual([409, 'line 1']);
    const completed = await post(`${line(1, { imageCount: 9 })}${good}${line(1_000)}`, 'invalid');
    expect(completed.body).toMatchObject({ total: 1_000, invalidLines: { count: 1 } });
  });
});

describe('the same key', () => {
  it('while its first upload still streams is 409 upload_in_progress, and the first goes on', async () => {
    const first = begin('twice');
    await first.write(lines(1, 1_000));
    await untilStored('twice', 1_000);
    const second = await post(lines(1, 1_500), 'twice');
    expect([second.status, second.body.code, second.body.retryable]).toEqual([
      409,
      'upload_in_progress',
      true,
    ]);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(second.headers.get('retry-after'))).toBeLessThanOrEqual(10);
    first.end(lines(1_001, 1_500));
    expect(await first.answer).toMatchObject({ status: 202, body: { total: 1_500 } });
  });

  it('is taken over from a process that has ended, and that one writes no more', async () => {
    const first = begin('taken');
    await first.write(lines(1, 1_000));
    await untilStored('taken', 1_000);
    await runSql(
      database.url,
      "UPDATE catwalk.batch SET upload_until = clock_timestamp() - interval '1 s' WHERE idempotency_key = 'taken'",
    );
    expect((await post(lines(1, 1_500), 'taken')).status).toBe(202);
    first.end(lines(1_001, 3_000));
    expect(await first.answer).toMatchObject({ status: 409, body: { code: 'upload_in_progress' } });
    expect(await batchOf('taken')).toMatchObject({ state: 'running', stored: 1_500 });
  });

  it('with the same lines when all is received replays the batch', async () => {
    const first = await post(lines(1, 1_200), 'replay');
    const again = await post(lines(1, 1_200).replaceAll('\n', '\r\n'), 'replay');
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.id]).toEqual([
      202,
      'true',
      first.body.id,
    ]);
    expect(again.headers.get('location')).toBe(`/v1/batches/${first.body.id}`);
    expect((await batchOf('replay'))?.stored).toBe(1_200);
  });

  it.each([
    ['a changed line', lines(1, 1_100) + line(7) + lines(1_102, 1_200), 'line 1101'],
    ['a line more', lines(1, 1_201), 'line 1201'],
    ['a line less', lines(1, 1_199), 'line 1200'],
    ['a chunk more', lines(1, 2_001), 'line 1201'],
    ['a chunk less', lines(1, 1_000), 'line 1001'],
  ])('with %s when all is received is 409 naming it', async (what, body, path) => {
    const key = `received, ${what}`;
    await post(lines(1, 1_200), key);
    const refused = await post(body, key);
    expect([refused.status, refused.body.code, refused.body.errors[0].path]).toEqual([
      409,
      'idempotency_key_reused',
      path,
    ]);
    expect(await batchOf(key)).toMatchObject({ state: 'running', stored: 1_200 });
  });

  it('with other options is 409, before the lines are read', async () => {
    await post(lines(1, 2), 'options');
    const upload = beginUpload(`${api.url}/v1/batches?priority=low`, headersOf('options'));
    await upload.write(line(1));
    expect(await upload.answer).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
    expect((await post(lines(1, 2), 'options', '?priority=normal&pauseOnFailures=0.3,30')).status).toBe(202);
    upload.destroy();
  });

  it('of another client is another batch', async () => {
    const annas = await post(lines(1, 2), 'ours');
    const bens = await post(lines(1, 2), 'ours', '', 'ben');
    expect([bens.status, bens.headers.has('idempotent-replayed')]).toEqual([202, false]);
    expect(bens.body.id).not.toBe(annas.body.id);
    expect(bens.body.client).toBe('ben');
  });

  it('of a refused input is not used up', async () => {
    expect((await post('{}\n', 'again')).status).toBe(400);
    expect((await post(lines(1, 2), 'again')).status).toBe(202);
  });

  it('replays a batch whose account is gone and whose time is over', async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const body = line(1, { email: 'ben@example.com' }) + line(2);
    const query = `?expiresAt=${expiresAt}`;
    const first = await post(body, 'gone', query);
    await runSql(
      database.url,
      "UPDATE catwalk.account SET configured = false WHERE email = 'ben@example.com'",
    );
    await eventually(() => expect(Date.now()).toBeGreaterThan(Date.parse(expiresAt)));
    const again = await post(body, 'gone', query);
    expect([again.status, again.body.id]).toEqual([202, first.body.id]);
    expect((await post(body, 'other', query)).status).toBe(400);
  });
});

it('an upload is known to live for as long as its connection does, however slow it is', async () => {
  const upload = begin('slow');
  await upload.write(line(1));
  const until = async () =>
    (
      await runSql<{ until: Date }>(
        database.url,
        "SELECT upload_until AS until FROM catwalk.batch WHERE idempotency_key = 'slow'",
      )
    )[0]?.until.getTime() ?? 0;
  const first = await eventually(async () => {
    const at = await until();
    expect(at).toBeGreaterThan(0);
    return at;
  });
  await eventually(async () => expect(await until()).toBeGreaterThan(first), { timeoutMs: 6_000 });
  upload.end(line(2));
  expect(await upload.answer).toMatchObject({ status: 202, body: { total: 2 } });
});

it('a batch that is canceled while it is uploaded takes no more lines', async () => {
  const upload = begin('canceled');
  await upload.write(lines(1, 1_000));
  await untilStored('canceled', 1_000);
  await runSql(
    database.url,
    "UPDATE catwalk.batch SET state = 'canceled' WHERE idempotency_key = 'canceled'",
  );
  upload.end(lines(1_001, 2_500));
  expect(await upload.answer).toMatchObject({ status: 409, body: { code: 'wrong_batch_state' } });
  expect(await batchOf('canceled')).toMatchObject({ state: 'canceled', stored: 1_000 });
  const replayed = await post(lines(1, 2_500), 'canceled');
  expect([replayed.status, replayed.body.state]).toEqual([202, 'canceled']);
});
