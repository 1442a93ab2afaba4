import { describeOnEachBackend, runSql, seedTryOns } from '@catwalk/testkit';
import { beforeEach, expect, inject, it } from 'vitest';
import { createWorker } from '../src/index.js';
import { createStage, expectFairBill, type Stage, untilAll } from './start-stage.js';

describeOnEachBackend('the order of submits', (backend) => {
  const stageOf = createStage(backend.redisUrl, { accounts: [{ email: 'anna@example.com', maxJobs: 5 }] });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });
  const sentOrder = async () => {
    const rows = await runSql<{ id: string }>(
      stage.db.url,
      'SELECT try_on_id AS id FROM catwalk.attempt ORDER BY sent_at, id',
    );
    return rows.map((row) => row.id);
  };
  const lastOf = (ids: readonly string[], order: readonly string[]) =>
    Math.max(...ids.map((id) => order.indexOf(id)));

  it('puts urgent jobs before a backlog, and gives another client its turns in it', async () => {
    const backlog = await seedTryOns(stage.db, 120, { client: 'studio' });
    const few = await seedTryOns(stage.db, 10, { client: 'boutique' });
    const urgent = await seedTryOns(stage.db, 10, { client: 'studio', priority: 0 });
    await stage.startWorker();
    await untilAll(stage, [...backlog, ...few, ...urgent], 'succeeded');

    const order = await sentOrder();
    // A full lane may be in front, and jobs claimed at the same moment stand in any order.
    expect(lastOf(urgent, order)).toBeLessThan(10 + 5);
    expect(lastOf(few, order)).toBeLessThan(10 + 10 + 20 + 5);
    expectFairBill(stage);
  });

  it('needs no notification: a slot that became free unheard is used within two seconds', async () => {
    const ids = await seedTryOns(stage.db, 20);
    const context = await stage.context({ POLL_INTERVAL_MS: '60000' });
    // Notifications stay within one database.
    const elsewhere = inject('catwalkAdminUrl');
    const worker = createWorker({ ...context, config: { ...context.config, databaseUrl: elsewhere } });
    await worker.start();
    await untilAll(stage, ids, 'succeeded').finally(() => worker.close());

    const waits = await runSql<{ ms: number }>(
      stage.db.url,
      `SELECT extract(epoch FROM min(n.sent_at) - a.state_since)::float8 * 1000 AS ms FROM catwalk.attempt a
       JOIN catwalk.attempt n ON n.sent_at > a.state_since GROUP BY a.id, a.state_since`,
    );
    expect(waits.length).toBeGreaterThan(10);
    expect(Math.max(...waits.map((row) => row.ms))).toBeLessThan(2_000);
  });
});
