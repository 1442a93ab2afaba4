import { createServer } from 'node:net';
import { createSimulator } from '@catwalk/simulator';
import { describeOnEachBackend, eventually, runSql, seedTryOns } from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { createStage, expectFairBill, jobOf, type Stage, untilAll } from './start-stage.js';

const anna = 'anna@example.com';
const ben = 'ben@example.com';

describeOnEachBackend('trouble with the provider', (backend) => {
  const stageOf = createStage(backend.redisUrl, {
    accounts: [
      { email: anna, maxJobs: 3 },
      { email: ben, maxJobs: 3 },
    ],
  });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
    for (const email of [anna, ben]) stage.simulator.putAccount(email, { maxJobs: 3, errorState: null });
  });
  const account = (email: string) => stage.db.prisma.account.findUnique({ where: { email } });
  const attemptsCounted = async (id: string) =>
    (await jobOf(stage, id)).states.filter((s) => s !== 'deferred');

  it('such as a 429 lets the account rest; its job goes on, and nothing is failed', async () => {
    stage.simulator.turnDials({ rateLimitRate: 1, retryAfterSeconds: 1 });
    const ids = await seedTryOns(stage.db, 1, { email: anna });
    await stage.startWorker();
    await eventually(async () => {
      expect(await jobOf(stage, ids[0] ?? '')).toMatchObject({ status: 'queued', states: ['deferred'] });
      expect((await account(anna))?.restUntil?.getTime()).toBeGreaterThan(Date.now());
    });

    stage.simulator.turnDials({ rateLimitRate: 0 });
    await untilAll(stage, ids, 'succeeded');

    expect(await attemptsCounted(ids[0] ?? '')).toEqual(['ended_succeeded']);
    expect((await account(ben))?.restUntil).toBeNull();
  });

  it('such as a 402 pauses the account with its reason, and unpinned jobs move to another', async () => {
    stage.simulator.putAccount(anna, { errorState: 402 });
    const free = await seedTryOns(stage.db, 6);
    const [pinned] = await seedTryOns(stage.db, 1, { email: anna });
    await stage.startWorker({ ACCOUNT_RETRY_MS: '60000' });

    await untilAll(stage, free, 'succeeded');

    for (const id of free) expect((await jobOf(stage, id)).account).toBe(ben);
    expect(await account(anna)).toMatchObject({ state: 'paused', pausedReason: 'Subscription required' });
    expect(await jobOf(stage, pinned ?? '')).toMatchObject({ status: 'queued' });
    expectFairBill(stage);
  });

  it('with an account is over when it answers a probe: its own jobs go on by themselves', async () => {
    stage.simulator.putAccount(anna, { errorState: 596 });
    const ids = await seedTryOns(stage.db, 4, { email: anna });
    await stage.startWorker();
    await eventually(async () => expect(await account(anna)).toMatchObject({ state: 'paused' }));

    stage.simulator.putAccount(anna, { errorState: null });
    await untilAll(stage, ids, 'succeeded');

    expect(await account(anna)).toMatchObject({ state: 'active', pausedReason: null, failures: 0 });
    for (const id of ids) expect(await attemptsCounted(id)).toEqual(['ended_succeeded']);
  });

  it('that cannot be connected to fails nothing: work goes on by itself when it is back', async () => {
    const port = await freePort();
    const ids = await seedTryOns(stage.db, 6);
    await stage.startWorker({
      USEAPI_BASE_URL: `http://127.0.0.1:${port}`,
      USEAPI_ACCOUNTS: `${anna}:3,${ben}:3`,
    });
    await eventually(async () => {
      const provider = await stage.db.prisma.provider.findFirst();
      expect(provider?.downSince).not.toBeNull();
      expect(provider?.reason).toContain('no connection');
    });
    await untilAll(stage, ids, 'queued');

    const simulator = createSimulator({
      port,
      dials: { delayMs: 50, pictures: 'placeholder' },
      accounts: [anna, ben].map((email) => ({ email, maxJobs: 3 })),
    });
    await simulator.start();
    await untilAll(stage, ids, 'succeeded');
    await stage.stopWorkers();
    await simulator.close();

    expect(simulator.bill().accepted).toBe(6);
    for (const id of ids) expect(await attemptsCounted(id)).toEqual(['ended_succeeded']);
  });

  it('that takes every submit and answers none is not left alone for longer and longer', async () => {
    stage.simulator.turnDials({ lostAnswerRate: 1, lostCallbackRate: 1, delayMs: 1_000 });
    const ids = await seedTryOns(stage.db, 12);
    await stage.startWorker({ USEAPI_ACCOUNTS: `${anna}:3,${ben}:3`, JOB_DEADLINE_MS: '60000' });

    await untilAll(stage, ids, 'succeeded', 25_000);

    expect(stage.simulator.bill().accepted).toBe(12);
    expectFairBill(stage);
  });

  it('that answers 5xx to everything is not asked for more than a few jobs, and none is failed', async () => {
    stage.simulator.turnDials({ down: 'refuse' });
    const ids = await seedTryOns(stage.db, 30);
    await stage.startWorker({ USEAPI_ACCOUNTS: `${anna}:3,${ben}:3`, JOB_DEADLINE_MS: '60000' });
    await eventually(async () =>
      expect((await stage.db.prisma.provider.findFirst())?.downSince ?? null).not.toBeNull(),
    );

    const sent = await stage.db.prisma.attempt.count();
    expect(sent).toBeLessThanOrEqual(6);
    const [row] = await runSql<{ n: number }>(
      stage.db.url,
      `SELECT count(*)::int AS n FROM catwalk.try_on WHERE status IN ('queued', 'unconfirmed', 'submitting')`,
    );
    expect(row?.n).toBe(ids.length);
  });
});

describe('an outage that lasts longer than the deadline', () => {
  const stageOf = createStage(undefined, {
    accounts: [
      { email: anna, maxJobs: 3 },
      { email: ben, maxJobs: 3 },
    ],
  });

  it('fails nothing: no job is spent on probes, and what never arrived is sent again, once', async () => {
    const stage = await stageOf();
    const control = await seedTryOns(stage.db, 1, { email: anna });
    await stage.startWorker({ JOB_DEADLINE_MS: '3000', USEAPI_ACCOUNTS: `${anna}:3,${ben}:3` });
    await untilAll(stage, control, 'succeeded');
    stage.simulator.turnDials({ down: 'refuse' });
    const lost = await seedTryOns(stage.db, 3, { email: anna });
    await untilAll(stage, lost, 'unconfirmed');
    const waiting = await seedTryOns(stage.db, 5, { email: ben });
    await eventually(async () => {
      const [row] = await runSql<{ late: boolean }>(
        stage.db.url,
        `SELECT bool_and(deadline_at < clock_timestamp() - interval '1 second') AS late
         FROM catwalk.attempt WHERE state = 'unknown'`,
      );
      expect(row?.late).toBe(true);
    });
    expect(await stage.db.prisma.attempt.count({ where: { account: ben } })).toBe(0);

    stage.simulator.turnDials({ down: 'no' });
    await untilAll(stage, [...lost, ...waiting], 'succeeded');

    for (const id of lost) expect((await jobOf(stage, id)).states).toEqual(['disproved', 'ended_succeeded']);
    expect(stage.simulator.bill().accepted).toBe(9);
    expectFairBill(stage);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
