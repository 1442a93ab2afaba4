import { batchSchema } from '@catwalk/contract';
import { databaseForFile, endInBatch, runSql, seedBatchRows } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { foldAll } from './fold-all.js';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const order = (id: string, what: string, body: unknown = {}, name: Parameters<typeof as>[0] = 'anna') =>
  api.post(`/v1/batches/${id}/${what}`, body, as(name));
const orders = ['cancel', 'pause', 'resume', 'priority', 'retry-failed'];
const bodyOf = (what: string) => (what === 'priority' ? { priority: 'low' } : {});

describe('an order to a batch', () => {
  it.each(orders)('%s is for its client and admins, and unknown to others', async (what) => {
    const { id } = await seedBatchRows(database.url);
    expect(await order(id, what, bodyOf(what), 'ben')).toMatchObject({
      status: 404,
      body: { code: 'batch_not_found' },
    });
    const missing = `bat_${'0'.repeat(32)}`;
    expect((await order(missing, what, bodyOf(what), 'admin')).status).toBe(404);
    expect((await order(id, what, bodyOf(what), 'admin')).status).toBe(200);
  });

  it.each(['cancel', 'pause', 'resume', 'retry-failed'])('%s needs no body', async (what) => {
    const { id } = await seedBatchRows(database.url);
    const init = { method: 'POST', headers: as('anna') };
    expect((await api.request(`/v1/batches/${id}/${what}`, init)).status).toBe(200);
    expect((await order(id, what, { mayBillTwice: true })).status).toBe(400);
  });

  it('pauses, and the answer and every later one show it', async () => {
    const { id } = await seedBatchRows(database.url, { lines: 4 });
    const { body, status } = await order(id, 'pause');
    expect([status, batchSchema.parse(body)]).toMatchObject([
      200,
      {
        state: 'paused',
        paused: {
          reason: 'person',
          actor: 'anna',
          detail: 'anna has paused it; it goes on when somebody resumes it',
        },
        waiting: { batch_paused: 4 },
        estimatedEndAt: null,
      },
    ]);
    const again = await order(id, 'pause', {}, 'admin');
    expect(again).toMatchObject({ status: 200, body: { state: 'paused', paused: { actor: 'anna' } } });
    expect(await order(id, 'resume')).toMatchObject({
      status: 200,
      body: { state: 'running', paused: null, waiting: { queue_turn: 4 } },
    });
    expect(await order(id, 'resume')).toMatchObject({ status: 200, body: { state: 'running' } });
  });

  it('cancels: nothing of it waits for a turn any more, and canceling twice is no fault', async () => {
    const { id } = await seedBatchRows(database.url, { lines: 4 });
    const canceling = { status: 200, body: { state: 'canceling', waiting: { batch_paused: 4 } } };
    expect(await order(id, 'cancel')).toMatchObject(canceling);
    expect(await order(id, 'cancel')).toMatchObject(canceling);
  });

  it.each([
    ['pause', 'receiving', 'The batch is receiving, and cannot be paused then'],
    ['pause', 'finished', 'The batch is finished, and cannot be paused then'],
    ['resume', 'canceling', 'The batch is canceling, and cannot be resumed then'],
    ['cancel', 'finished', 'The batch is finished, and cannot be canceled then'],
    ['retry-failed', 'canceled', 'The batch is canceled, and cannot be retried then'],
    ['priority', 'finished', 'The batch is finished, and cannot be given another priority then'],
  ])('%s is refused by the state %s', async (what, state, detail) => {
    const { id } = await seedBatchRows(database.url, { state });
    expect(await order(id, what, bodyOf(what))).toMatchObject({
      status: 409,
      body: { code: 'wrong_batch_state', detail, retryable: false },
    });
  });

  it('gives the rest another priority', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 4 });
    await endInBatch(database.url, jobIds.slice(0, 1));
    expect(await order(id, 'priority', { priority: 'high' })).toMatchObject({
      status: 200,
      body: { priority: 'high' },
    });
    const rows = await runSql(
      database.url,
      'SELECT priority FROM catwalk.try_on WHERE batch_id = $1 ORDER BY id',
      [id],
    );
    expect(rows.map((row) => row.priority)).toEqual([1, 0, 0, 0]);
    expect((await order(id, 'priority', { priority: 'urgent' })).status).toBe(400);
    expect((await order(id, 'priority')).status).toBe(400);
  });

  it('retries what failed, and counts it as open again', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 4 });
    await endInBatch(database.url, jobIds.slice(0, 2), { status: 'failed', code: 'content_rejected' });
    await endInBatch(database.url, jobIds.slice(2));
    await foldAll(api.database);
    await runSql(database.url, `UPDATE catwalk.batch SET state = 'finished' WHERE id = $1`, [id]);
    expect(await order(id, 'retry-failed')).toMatchObject({
      status: 200,
      body: { object: 'batch_retry', retried: 2, leftOut: {} },
    });
    const { body } = await api.request(`/v1/batches/${id}`, { headers: as('anna') });
    expect(body).toMatchObject({ state: 'running', outcome: null });
    expect(body.counts.succeeded + body.counts.failed + body.counts.queued).toBe(4);
  });
});
