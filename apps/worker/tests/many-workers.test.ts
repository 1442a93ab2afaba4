import { describeOnEachBackend, eventually, runSql, seedTryOns } from '@catwalk/testkit';
import { beforeEach, expect, it } from 'vitest';
import { createStage, expectFairBill, type Stage, untilAll } from './start-stage.js';

const accounts = [
  { email: 'anna@example.com', maxJobs: 4 },
  { email: 'ben@example.com', maxJobs: 7 },
];

describeOnEachBackend('several workers', (backend) => {
  const stageOf = createStage(backend.redisUrl, { accounts });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });

  it('share the limits exactly: every slot is used, none twice, nothing is refused', async () => {
    stage.simulator.turnDials({ delayMs: 300 });
    const pinned = await seedTryOns(stage.db, 30, { email: 'anna@example.com' });
    const free = await seedTryOns(stage.db, 70);
    await Promise.all([stage.startWorker(), stage.startWorker()]);

    await untilAll(stage, [...pinned, ...free], 'succeeded', 25_000);

    expectFairBill(stage);
    const bill = stage.simulator.bill();
    expect([bill.accepted, bill.rejected429]).toEqual([100, 0]);
    for (const { email, maxJobs } of accounts) expect(bill.accounts[email]?.maxRunning).toBe(maxJobs);
  });

  it('that are told to stop under load lose nothing, and a new one finishes', async () => {
    stage.simulator.turnDials({ delayMs: 150, answerDelayMs: 100 });
    const ids = await seedTryOns(stage.db, 50);
    await Promise.all([stage.startWorker(), stage.startWorker()]);
    await eventually(() => expect(stage.simulator.bill().accepted).toBeGreaterThan(11));

    const started = performance.now();
    await stage.stopWorkers();
    expect(performance.now() - started).toBeLessThan(8_000);
    const [row] = await runSql<{ n: number }>(
      stage.db.url,
      `SELECT count(*)::int AS n FROM catwalk.attempt WHERE state = 'sending'`,
    );
    expect(row?.n).toBe(0);
    expect(stage.simulator.bill().accepted).toBeLessThan(50);

    await stage.startWorker();
    await untilAll(stage, ids, 'succeeded', 25_000);
    expect(stage.simulator.bill().accepted).toBe(50);
    expectFairBill(stage);
  });

  it('of an old and a new deployment keep to the limits of the new one while both run', async () => {
    stage.simulator.turnDials({ delayMs: 150 });
    const ids = await seedTryOns(stage.db, 45);
    await stage.startWorker({ USEAPI_ACCOUNTS: accounts.map((one) => `${one.email}:${one.maxJobs}`).join() });
    await eventually(() => expect(stage.simulator.bill().accounts['ben@example.com']?.maxRunning).toBe(7));

    await stage.startWorker({ USEAPI_ACCOUNTS: 'anna@example.com:2' });
    const [deployed] = await runSql<{ at: string }>(stage.db.url, 'SELECT clock_timestamp()::text AS at');
    await untilAll(stage, ids, 'succeeded', 25_000);

    // Each claim since, with how many were open on its account then, itself among them.
    const claims = await runSql<{ account: string; open: number }>(
      stage.db.url,
      `SELECT a.account, (SELECT count(*) FROM catwalk.attempt b WHERE b.account = a.account
         AND (b.sent_at, b.id) <= (a.sent_at, a.id) AND b.state_since > a.sent_at)::int AS open
       FROM catwalk.attempt a WHERE a.sent_at > $1::timestamptz`,
      [deployed?.at],
    );
    expect(claims.length).toBeGreaterThan(10);
    expect(new Set(claims.map((claim) => claim.account))).toEqual(new Set(['anna@example.com']));
    expect(Math.max(...claims.map((claim) => claim.open))).toBe(2);
    expectFairBill(stage);
  });
});
