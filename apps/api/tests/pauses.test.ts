import { accountListSchema, accountSchema, pauseStateSchema, statusSchema } from '@catwalk/contract';
import { listen, listSlots, pauseAccount } from '@catwalk/infra/postgres';
import { databaseForFile, eventually, runSql } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { submit } from './move-job.js';
import { as, garment, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
let notified = 0;
const listener = listen(database.url, {
  catwalk_work: () => {
    notified += 1;
  },
});
afterAll(() => listener.close());
beforeEach(async () => {
  await runSql(database.url, 'TRUNCATE catwalk.pause, catwalk.try_on, catwalk.attempt');
  await runSql(
    database.url,
    `UPDATE catwalk.account SET state = 'active', last_error = NULL, last_error_at = NULL`,
  );
  api.lines.length = 0;
});

const ask = (path: string, body: unknown = {}) => api.post(path, body, as('admin'));
const anna = '/v1/accounts/anna@example.com';
const logged = (event: string) =>
  api.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === event);
const free = async () => (await listSlots(api.database.prisma)).map((slots) => slots.free);
const waitingOf = async (id: string) =>
  (await api.request(`/v1/try-ons/${id}`, { headers: as('anna') })).body.waitingFor;

describe('the accounts', () => {
  it('tell an admin what each does, did and suffered', async () => {
    const { body } = await api.post('/v1/try-ons', garment, as('anna'));
    await submit(api.database, body.id);
    await pauseAccount(api.database, 'ben@example.com', 'Subscription required', () => 60_000);

    const answer = await api.request('/v1/accounts', { headers: as('admin') });

    const [first, second] = accountListSchema.parse(answer.body).data;
    expect(first).toMatchObject({
      object: 'account',
      email: 'anna@example.com',
      maxJobs: 2,
      open: 1,
      free: 1,
    });
    expect(first).toMatchObject({
      configured: true,
      shrunk: null,
      paused: null,
      credits: null,
      lastError: null,
    });
    expect(first).toMatchObject({ submitsLastHour: 1, outcomesLastHour: { sending: 1, ended_failed: 0 } });
    expect(second).toMatchObject({
      free: 0,
      paused: { by: 'fault', reason: 'Subscription required', actor: null },
    });
    expect(second?.lastError).toEqual({ at: expect.any(String), message: 'Subscription required' });
    expect(second?.paused?.until).not.toBeNull();
  });
});

describe('an account that an admin pauses', () => {
  it('starts nothing until it is resumed; who and why is shown, logged once, and told to waiting clients', async () => {
    const pinned = await api.post('/v1/try-ons', { ...garment, email: 'anna@example.com' }, as('anna'));
    const before = notified;

    const first = accountSchema.parse((await ask(`${anna}/pause`, { reason: 'invoice open' })).body);
    const again = await ask(`${anna}/pause`, { reason: 'another' });

    expect(first.paused).toMatchObject({ by: 'person', actor: 'ada', reason: 'invoice open', until: null });
    expect(again).toMatchObject({ status: 200, body: { paused: first.paused } });
    expect(await free()).toEqual([0, 5]);
    expect(logged('account.paused')).toMatchObject([
      { account: 'anna@example.com', actor: 'ada', reason: 'invoice open' },
    ]);
    await eventually(async () => {
      expect(await waitingOf(pinned.body.id)).toEqual({
        code: 'account_paused',
        since: first.paused?.since,
        until: null,
        detail: 'Its account is paused by a person (invoice open); it goes on when a person resumes it',
      });
      expect(notified).toBeGreaterThan(before);
    });
    const { accounts } = statusSchema.parse((await api.request('/v1/status', { headers: as('admin') })).body);
    expect(accounts?.[0]?.paused).toEqual({ by: 'person', reason: 'invoice open', until: null });

    expect(await ask(`${anna}/resume`)).toMatchObject({ status: 200, body: { paused: null, free: 2 } });
    expect((await ask(`${anna}/resume`)).status).toBe(200);
    expect(logged('account.resumed')).toMatchObject([{ account: 'anna@example.com', actor: 'ada' }]);
  });

  it('is tried at once when an admin resumes it, whatever its fault was', async () => {
    await pauseAccount(api.database, 'anna@example.com', 'Subscription required', () => 3_600_000);
    expect((await ask(`${anna}/resume`)).body).toMatchObject({ paused: null, free: 2 });
  });

  it('is 404 if there is no such account', async () => {
    for (const action of ['pause', 'resume'])
      expect(await ask(`/v1/accounts/nobody@example.com/${action}`)).toMatchObject({
        status: 404,
        body: { code: 'account_not_found' },
      });
  });
});

describe('a pause of everything', () => {
  it('lets nothing start until it is resumed; the status tells it to all, and so do waiting jobs', async () => {
    const job = await api.post('/v1/try-ons', garment, as('anna'));
    const before = notified;

    const { paused } = pauseStateSchema.parse((await ask('/v1/pause', { reason: 'price change' })).body);

    expect(paused).toEqual({ since: expect.any(String), actor: 'ada', reason: 'price change' });
    expect((await ask('/v1/pause')).body.paused).toEqual(paused);
    expect(await free()).toEqual([0, 0]);
    const status = await api.request('/v1/status', { headers: as('ben') });
    expect(statusSchema.parse(status.body).paused).toEqual(paused);
    await eventually(async () => {
      expect(await waitingOf(job.body.id)).toMatchObject({
        code: 'paused',
        since: paused?.since,
        until: null,
      });
      expect(notified).toBeGreaterThan(before);
    });

    expect((await ask('/v1/resume')).body).toEqual({ object: 'pause', paused: null });
    expect((await ask('/v1/resume')).body).toEqual({ object: 'pause', paused: null });
    expect(await free()).toEqual([2, 5]);
    expect(logged('everything.paused')).toMatchObject([{ actor: 'ada', reason: 'price change' }]);
    expect(logged('everything.resumed')).toMatchObject([{ actor: 'ada' }]);
  });

  it('needs no body', async () => {
    const answer = await api.request('/v1/pause', { method: 'POST', headers: as('admin') });
    expect(answer).toMatchObject({ status: 200, body: { paused: { reason: null } } });
  });
});

it.each([
  ['/v1/pause', { reason: '' }],
  ['/v1/pause', { reason: 'x'.repeat(501) }],
  ['/v1/pause', { until: 'tomorrow' }],
  [`${anna}/pause`, { reason: 5 }],
  [`${anna}/resume`, { reason: 'x' }],
  ['/v1/resume', { reason: 'x' }],
  ['/v1/resume?all=1', {}],
])('POST %s with %j is refused, naming what is wrong', async (path, body) => {
  const answer = await ask(path, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  expect(answer.body.errors[0].path).toMatch(/^(reason|until|all)$/);
  expect(await runSql(database.url, 'SELECT scope FROM catwalk.pause')).toEqual([]);
});
