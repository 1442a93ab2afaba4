import { pauseBatch, resumeBatch, retryFailed } from '@catwalk/infra/postgres';
import { describeOnEachBackend, eventually, runSql, seedBatch } from '@catwalk/testkit';
import { beforeEach, expect, it } from 'vitest';
import { createStage, expectFairBill, type Stage, untilAll } from './start-stage.js';

const by = { actor: 'ada' };

describeOnEachBackend('a batch', (backend) => {
  const stageOf = createStage(backend.redisUrl, { accounts: [{ email: 'anna@example.com', maxJobs: 5 }] });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
    stage.lines.length = 0;
  });
  const batchOf = (id: string) => stage.db.prisma.batch.findUniqueOrThrow({ where: { id } });
  const untilState = (id: string, state: string) =>
    eventually(async () => expect((await batchOf(id)).state).toBe(state), { timeoutMs: 25_000 });
  const attempts = () => stage.db.prisma.attempt.count();
  const logged = (event: string) =>
    stage.lines.map((line) => JSON.parse(line)).filter((line) => line.msg === event);

  it('runs its pilot and no more, waits for a look, and runs the rest when it is resumed', async () => {
    const { id, ids, pilotIds } = await seedBatch(stage.db, 60, { pilot: 20 });
    await Promise.all([stage.startWorker(), stage.startWorker()]);
    await untilState(id, 'paused');

    // The end of the last one may be counted a round after it was seen.
    await eventually(async () =>
      expect(await batchOf(id)).toMatchObject({
        pauseReason: 'pilot_review',
        succeeded: 20,
        imagesBilled: 20,
      }),
    );
    expect(await attempts()).toBe(20);
    await untilAll(stage, pilotIds, 'succeeded');
    expect(await resumeBatch(stage.db, id, by)).toEqual({ kind: 'done' });
    await untilState(id, 'finished');

    expect(await batchOf(id)).toMatchObject({ succeeded: 60, failed: 0, startedAt: expect.any(Date) });
    expect(await stage.db.prisma.batchResult.count({ where: { batchId: id } })).toBe(60);
    await untilAll(stage, ids, 'succeeded');
    expect(logged('batch.paused')).toMatchObject([{ batchId: id, reason: 'pilot_review' }]);
    expect(logged('batch.finished')).toMatchObject([{ batchId: id, succeeded: 60 }]);
    expectFairBill(stage);
  });

  it('paused while it runs starts nothing more until it is resumed', async () => {
    const { id, ids } = await seedBatch(stage.db, 60);
    const other = await seedBatch(stage.db, 10, { client: 'boutique', state: 'paused' });
    await stage.startWorker();
    await eventually(async () => expect(await attempts()).toBeGreaterThan(10), { timeoutMs: 25_000 });
    await pauseBatch(stage.db, id, by);
    const claimed = await attempts();
    await resumeBatch(stage.db, other.id, by);
    await untilState(other.id, 'finished');

    expect(await attempts()).toBe(claimed + 10);
    await resumeBatch(stage.db, id, by);
    await untilAll(stage, ids, 'succeeded');
    await untilState(id, 'finished');
  });

  it('of which too much fails pauses, and its failures can be retried when that is mended', async () => {
    const { id, ids } = await seedBatch(stage.db, 80, { pauseOnFailures: { ratio: 0.3, after: 10 } });
    stage.simulator.turnDials({ failureRate: 1 });
    await stage.startWorker();
    await untilState(id, 'paused');
    const paused = await batchOf(id);
    expect(paused).toMatchObject({ pauseReason: 'failures' });
    expect(paused.failed).toBeGreaterThanOrEqual(10);
    expect(paused.failed).toBeLessThan(40);
    const flying =
      "SELECT count(*)::int AS n FROM catwalk.try_on WHERE status IN ('submitting', 'processing')";
    await eventually(async () => expect(await runSql(stage.db.url, flying)).toEqual([{ n: 0 }]));

    stage.simulator.turnDials({ failureRate: 0 });
    await resumeBatch(stage.db, id, by);
    await untilState(id, 'finished');
    const { failed } = await batchOf(id);
    expect(await retryFailed(stage.db, id, by)).toEqual({ kind: 'done', retried: failed, leftOut: {} });
    await untilAll(stage, ids, 'succeeded');
    await untilState(id, 'finished');
    expect(await batchOf(id)).toMatchObject({ succeeded: 80, failed: 0, failures: {} });
  });
});
