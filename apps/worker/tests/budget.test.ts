import { carryJobs, readAccountRooms } from '@catwalk/infra/postgres';
import { describeOnEachBackend, eventually, runSql, seedTryOns } from '@catwalk/testkit';
import { beforeEach, expect, it } from 'vitest';
import { createStage, expectFairBill, type Stage } from './start-stage.js';

const accounts = ['anna', 'ben'].map((name) => ({ email: `${name}@example.com`, maxJobs: 10 }));

describeOnEachBackend('a daily limit', (backend) => {
  const stageOf = createStage(backend.redisUrl, { accounts });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });
  const statuses = () =>
    runSql(
      stage.db.url,
      'SELECT status, count(*)::int AS n FROM catwalk.try_on GROUP BY status ORDER BY status',
    );

  it('of 100 with 1,000 queued and 4 workers: exactly 100 images are submitted, and nothing fails', async () => {
    await seedTryOns(stage.db, 1_000);
    const settings = { DAILY_IMAGE_LIMIT: '100' };
    await Promise.all(Array.from({ length: 4 }, () => stage.startWorker(settings)));

    await eventually(
      async () =>
        expect(await statuses()).toEqual([
          { status: 'queued', n: 900 },
          { status: 'succeeded', n: 100 },
        ]),
      { timeoutMs: 25_000 },
    );
    await eventually(async () => {
      const [row] = await runSql(
        stage.db.url,
        'SELECT count(*)::int AS n FROM catwalk.try_on WHERE carried_at IS NOT NULL',
      );
      expect(row).toEqual({ n: 0 });
    });
    expect(await carryJobs(stage.db)).toEqual([]);
    expectFairBill(stage);
    const bill = stage.simulator.bill();
    expect([bill.images, bill.accepted, Object.keys(bill.byReplyRef).length]).toEqual([100, 100, 100]);
    const told = stage.lines.filter((line) => line.includes('"budget.reached"'));
    expect(told.map((line) => JSON.parse(line))).toMatchObject([{ scope: 'day', limitImages: 100 }]);
    const { budgets } = await readAccountRooms(stage.db);
    expect(budgets).toMatchObject([{ scope: 'day', leftImages: 0 }]);
  });
});
