import { statusSchema } from '@catwalk/contract';
import { noteProviderDown, pauseAccount } from '@catwalk/infra/postgres';
import { createDatabase, databaseForFile, runSql } from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { fail, happen, submit, succeed } from './move-job.js';
import { as, garment, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const status = async (name: Parameters<typeof as>[0] = 'admin') => {
  const answer = await api.request('/v1/status', { headers: as(name) });
  expect(answer.status).toBe(200);
  return statusSchema.parse(answer.body);
};
const create = async (name: 'anna' | 'ben'): Promise<string> =>
  (await api.post('/v1/try-ons', garment, as(name))).body.id;

/** A callback as the webhook app would have kept it. */
const keepCallback = (replyRef: string, decision: string, ago = '0 s') =>
  runSql(
    database.url,
    `INSERT INTO catwalk.callback (id, reply_ref, decision, body, headers, content_hash, received_at, last_received_at)
     VALUES ('cb_' || md5(random()::text), $1, $2, '', '{}', md5(random()::text), now() - $3::interval, now() - $3::interval)`,
    [replyRef, decision, ago],
  );

/** An attempt that ended a while ago; its submit asked for a callback unless told. */
async function endAttempt(ref: string, ago: string, asked = true): Promise<void> {
  const id = await create('anna');
  const request = asked ? { replyUrl: 'https://hooks.example' } : {};
  await runSql(
    database.url,
    `INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count, exchange, sent_at,
       deadline_at)
     VALUES ($1, $2, 'anna', 1, $1, 'anna@example.com', 'ended_succeeded', now() - $3::interval, 1, $4::jsonb, now() - interval '1 day', now())`,
    [ref, id, ago, JSON.stringify({ request })],
  );
}

beforeEach(() =>
  runSql(
    database.url,
    `WITH a AS (DELETE FROM catwalk.callback), b AS (DELETE FROM catwalk.setting WHERE key LIKE 'callback%')
     DELETE FROM catwalk.try_on`,
  ),
);

describe('the status', () => {
  it('tells mode, version, queue and provider', async () => {
    const { version } = await import('../package.json', { with: { type: 'json' } }).then(
      (one) => one.default,
    );
    expect(await status()).toMatchObject({
      object: 'status',
      mode: 'sandbox',
      livemode: false,
      version,
      queue: { backend: 'postgres', state: 'up' },
      provider: { state: 'up', since: null, until: null, reason: null },
    });
    await noteProviderDown(api.database, 'ECONNREFUSED', () => 60_000);
    const { provider } = await status();
    expect(provider).toMatchObject({ state: 'down', reason: 'ECONNREFUSED' });
    expect(Date.parse(provider.until ?? '')).toBeGreaterThan(Date.parse(provider.since ?? ''));
    await runSql(database.url, 'DELETE FROM catwalk.provider');
  });

  it('counts a client’s own jobs, and for an admin all of them', async () => {
    await create('anna');
    await succeed(api.database, await create('anna'), '501');
    await fail(api.database, await create('ben'));
    const none = {
      queued: 0,
      submitting: 0,
      unconfirmed: 0,
      processing: 0,
      succeeded: 0,
      failed: 0,
      canceled: 0,
    };
    expect((await status('anna')).tryOns).toEqual({ ...none, queued: 1, succeeded: 1 });
    expect((await status('ben')).tryOns).toEqual({ ...none, failed: 1 });
    expect((await status()).tryOns).toEqual({ ...none, queued: 1, succeeded: 1, failed: 1 });
  });

  it('tells admins alone of the accounts: their slots, and why one is paused', async () => {
    await submit(api.database, await create('anna'));
    await pauseAccount(api.database, 'ben@example.com', 'no credits', () => 60_000);
    expect((await status('anna')).accounts).toBeNull();
    const { accounts } = await status();
    expect(accounts).toMatchObject([
      { email: 'anna@example.com', maxJobs: 2, open: 1, free: 1, paused: null },
      { email: 'ben@example.com', maxJobs: 5, open: 0, free: 0, paused: { reason: 'no credits' } },
    ]);
    expect(accounts?.[1]?.paused?.until).not.toBeNull();
  });

  it('is refused without a key, and takes no parameters', async () => {
    expect((await api.request('/v1/status')).status).toBe(401);
    expect((await api.request('/v1/status?all=1', { headers: as('anna') })).status).toBe(400);
    expect((await api.request('/v1/status', { method: 'POST', headers: as('anna') })).status).toBe(405);
  });
});

describe('the callbacks are', () => {
  const state = async () => (await status()).callbacks.state;

  it('unproven until one has come, and then ok', async () => {
    expect((await status()).callbacks).toEqual({
      state: 'unproven',
      lastReceivedAt: null,
      receivedLastHour: 0,
      polledLastHour: 0,
      orphans: 0,
    });
    await keepCallback('r1', 'applied');
    expect((await status()).callbacks).toMatchObject({ state: 'ok', receivedLastHour: 1 });
    expect((await status()).callbacks.lastReceivedAt).not.toBeNull();
  });

  it.each(['orphan', 'mismatched', 'malformed'])('not proven by one that is %s', async (decision) => {
    await keepCallback('r2', decision);
    expect((await status()).callbacks).toMatchObject({
      state: 'unproven',
      lastReceivedAt: null,
      receivedLastHour: 0,
      orphans: decision === 'orphan' ? 1 : 0,
    });
  });

  it('off when the worker says that it asks for none', async () => {
    await keepCallback('r3', 'applied');
    await runSql(database.url, `INSERT INTO catwalk.setting VALUES ('callbacks', 'off')`);
    expect(await state()).toBe('off');
  });

  it('silent after three ends in a row without one, and ok again when one comes', async () => {
    await keepCallback('r4', 'applied', '3 hours');
    await endAttempt('r4', '3 hours');
    await endAttempt('e1', '9 minutes');
    await endAttempt('e2', '8 minutes');
    expect((await status()).callbacks).toMatchObject({ state: 'ok', receivedLastHour: 0, polledLastHour: 2 });
    await endAttempt('e3', '7 minutes');
    expect((await status()).callbacks).toMatchObject({ state: 'silent', polledLastHour: 3 });
    await keepCallback('e2', 'late');
    expect((await status()).callbacks).toMatchObject({ state: 'ok', receivedLastHour: 1, polledLastHour: 2 });
  });

  it('not silent because of ends that asked for none, or whose callback may still be on its way', async () => {
    for (const ref of ['n1', 'n2', 'n3']) await endAttempt(ref, '5 minutes', false);
    for (const ref of ['y1', 'y2', 'y3']) await endAttempt(ref, '5 seconds');
    expect((await status()).callbacks).toMatchObject({ state: 'unproven', polledLastHour: 6 });
    await runSql(database.url, `INSERT INTO catwalk.setting VALUES ('callback_grace_ms', '1000')`);
    expect(await state()).toBe('silent');
  });

  it('counted as polled only where none came for the attempt', async () => {
    const id = await create('anna');
    const attemptId = await submit(api.database, id);
    const failure = {
      code: 'generation_failed',
      message: 'x',
      providerStatus: null,
      providerMessage: null,
    } as const;
    await happen(api.database, id, {
      type: 'attempt',
      attemptId,
      event: { type: 'failed', taskId: null, failure },
    });
    expect((await status()).callbacks.polledLastHour).toBe(1);
    const [row] = await runSql<{ ref: string }>(database.url, 'SELECT reply_ref AS ref FROM catwalk.attempt');
    await keepCallback(row?.ref ?? '', 'applied');
    expect((await status()).callbacks.polledLastHour).toBe(0);
  });
});

describe('without keys', () => {
  it('whoever may ask on this machine is an admin', async () => {
    const other = await createDatabase();
    const local = await startApi(other.url);
    const answer = await local.request('/v1/status');
    expect(answer).toMatchObject({ status: 200, body: { accounts: [{ free: 2 }, { free: 5 }] } });
    expect(local.wakes()).toBeGreaterThan(0);
  });
});
