import { batchSchema } from '@catwalk/contract';
import { databaseForFile, endInBatch, runSql, seedBatchRows, seedInvalidLines } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { foldAll } from './fold-all.js';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const price = { amount: '0.05', currency: 'EUR' };
const api = await startApi(database.url, { ...keyed, imagePrice: price });

const read = async (id: string, name: Parameters<typeof as>[0] = 'anna') => {
  const { status, body } = await api.request(`/v1/batches/${id}`, { headers: as(name) });
  expect([status, body]).toMatchObject([200, { id }]);
  return batchSchema.parse(body);
};
const set = (id: string, columns: string) =>
  runSql(database.url, `UPDATE catwalk.batch SET ${columns} WHERE id = $1`, [id]);
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);

describe('a batch', () => {
  it('is shown to its client and to an admin, and to nobody else', async () => {
    const { id } = await seedBatchRows(database.url);
    await read(id);
    await read(id, 'admin');
    for (const path of [id, 'bat_1', `bat_${'0'.repeat(32)}`]) {
      const { status, body } = await api.request(`/v1/batches/${path}`, { headers: as('ben') });
      expect([status, body.code]).toEqual([404, 'batch_not_found']);
    }
  });

  it('counts what has ended at once, whether or not it is folded in', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 10 });
    const ends = {
      counts: { queued: 4, succeeded: 3, failed: 2, canceled: 1, processing: 0 },
      failures: { content_rejected: 2 },
      waiting: { queue_turn: 4 },
      imagesBilled: 3,
      estimatedCost: { amount: '0.50', currency: 'EUR' },
    };
    await endInBatch(database.url, jobIds.slice(0, 3));
    await endInBatch(database.url, jobIds.slice(3, 5), { status: 'failed', code: 'content_rejected' });
    await endInBatch(database.url, jobIds.slice(5, 6), { status: 'canceled' });
    expect(await read(id)).toMatchObject(ends);
    await foldAll(api.database);
    const folded = await read(id);
    expect(folded).toMatchObject(ends);
    expect(sum(folded.counts)).toBe(folded.total);
  });

  it('takes back an end that holds no more', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 2 });
    await endInBatch(database.url, jobIds, { status: 'failed', code: 'expired' });
    await foldAll(api.database);
    await runSql(database.url, `UPDATE catwalk.try_on SET status = 'queued' WHERE id = $1`, [jobIds[0]]);
    await runSql(
      database.url,
      `INSERT INTO catwalk.batch_delta (batch_id, try_on_id, was, was_code) VALUES ($1, $2, 'failed', 'expired')`,
      [id, jobIds[0]],
    );
    expect(await read(id)).toMatchObject({ counts: { queued: 1, failed: 1 }, failures: { expired: 1 } });
  });

  it('tells what is in flight by what it waits for', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 6 });
    const states = ['submitting', 'unconfirmed', 'processing', 'processing'];
    await runSql(
      database.url,
      `UPDATE catwalk.try_on t SET status = s.status FROM unnest($1::text[], $2::text[]) AS s(id, status)
       WHERE t.id = s.id`,
      [jobIds.slice(0, 4), states],
    );
    expect(await read(id)).toMatchObject({
      counts: { queued: 2, submitting: 1, unconfirmed: 1, processing: 2 },
      waiting: { queue_turn: 2, provider_answer: 1, submission_evidence: 1, provider_result: 2 },
    });
  });

  it('tells of each group of its queued jobs what it waits for', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 9 });
    const change = (from: number, to: number, columns: string) =>
      runSql(database.url, `UPDATE catwalk.try_on SET ${columns} WHERE id = ANY ($1)`, [
        jobIds.slice(from, to),
      ]);
    await change(0, 2, `lane = 'gone@example.com', email = 'gone@example.com'`);
    await change(2, 4, `due_at = now() + interval '1 hour', priority = 0`);
    await change(4, 5, `flow = flow || ' max 3#2', max_jobs = 3, image_count = 2`);
    await change(5, 6, `carried_at = now()`);
    await runSql(
      database.url,
      `INSERT INTO catwalk.account (email, max_jobs, state, configured) VALUES ('gone@example.com', 1, 'active', false)`,
    );
    expect((await read(id)).waiting).toEqual({ account_paused: 2, retry_time: 2, queue_turn: 5 });
  });

  it.each([
    ['receiving', {}, 'batch_paused'],
    ['paused', { pause_reason: 'person' }, 'batch_paused'],
    ['paused', { pause_reason: 'failures' }, 'batch_paused'],
    ['paused', { pause_reason: 'pilot_review', piloting: true }, 'pilot_review'],
    ['canceling', {}, 'batch_paused'],
  ])('that is %s %j holds all that is queued: %s', async (state, columns, code) => {
    const { id } = await seedBatchRows(database.url, { lines: 3, state, columns });
    expect((await read(id)).waiting).toEqual({ [code]: 3 });
  });

  it('whose pilot is running holds the others', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, {
      lines: 10,
      columns: { pilot: 2, piloting: true },
    });
    await runSql(database.url, `UPDATE catwalk.try_on SET flow = flow || ' pilot' WHERE id = ANY ($1)`, [
      jobIds.slice(0, 2),
    ]);
    expect((await read(id)).waiting).toEqual({ queue_turn: 2, pilot_review: 8 });
  });

  it.each([
    [{ succeeded: 3 }, 'all_succeeded'],
    [{ succeeded: 2, failed: 1 }, 'some_failed'],
    [{ succeeded: 2, canceled: 1 }, 'some_failed'],
    [{ failed: 2, canceled: 1 }, 'none_succeeded'],
  ])('that finished with %j says so: %s', async (columns, outcome) => {
    const { id } = await seedBatchRows(database.url, { lines: 3, state: 'finished', columns });
    expect(await read(id)).toMatchObject({ outcome, total: 3, counts: { queued: 0, ...columns } });
  });

  it('says when it ends only while it runs and its pace is known', async () => {
    const { id } = await seedBatchRows(database.url, { lines: 600 });
    expect((await read(id)).estimatedEndAt).toBeNull();
    await set(id, 'pace = 10');
    const { estimatedEndAt } = await read(id);
    expect(Math.abs(Date.parse(estimatedEndAt ?? '') - Date.now() - 60_000)).toBeLessThan(5_000);
    await set(id, `state = 'paused', pause_reason = 'person', paused_by = 'anna', pause_detail = 'by anna'`);
    expect(await read(id)).toMatchObject({
      estimatedEndAt: null,
      paused: { reason: 'person', detail: 'by anna', actor: 'anna' },
    });
  });

  it('shows the first hundred lines that could not be made try-ons, and counts them all', async () => {
    const { id } = await seedBatchRows(database.url, { lines: 1, columns: { invalid: 120 } });
    await seedInvalidLines(database.url, id, 120);
    const { invalidLines } = await read(id);
    expect(invalidLines).toMatchObject({ count: 120, first: { length: 100 } });
    expect(invalidLines.first[0]).toEqual({
      line: 1001,
      errors: [{ path: 'imageCount', message: 'is wrong' }],
    });
  });
});
