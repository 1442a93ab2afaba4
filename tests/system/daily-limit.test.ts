import { describeOnEachBackend, eventually } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { type AppProcess, startApp } from './app-process.js';
import { expectBilledOnce, expectLimitsKept } from './expect-bill.js';
import { countByStatus, postTryOns } from './jobs.js';
import { type System, startSystem } from './start-system.js';

const jobs = 400;
const limit = 100;

describeOnEachBackend('four worker processes and a daily limit', (backend) => {
  let system: System | undefined;
  const workers: AppProcess[] = [];
  afterAll(async () => {
    for (const worker of workers) worker.signal('SIGTERM');
    for (const worker of workers) expect(await worker.ended()).toMatchObject({ code: 0 });
    await system?.close();
  });

  it('submit exactly as many images as it allows; the rest waits for the budget, and nothing fails', {
    timeout: 60_000,
  }, async () => {
    system = await startSystem({
      worker: false,
      redisUrl: backend.redisUrl,
      env: { DAILY_IMAGE_LIMIT: String(limit) },
      simulator: { dials: { delayMs: 100, pictures: 'placeholder' } },
    });
    const { databaseUrl, simulator, env, get } = system;
    const [first] = await postTryOns(system, jobs);
    workers.push(...Array.from({ length: 4 }, () => startApp('worker', env)));
    await eventually(
      async () =>
        expect(await countByStatus(databaseUrl)).toEqual({ queued: jobs - limit, succeeded: limit }),
      { timeoutMs: 45_000, intervalMs: 200 },
    );

    // On a busy machine a connection may have failed just now: that is what they wait for first.
    await eventually(async () => {
      const { body } = await get('/v1/try-ons?status=queued&limit=1');
      expect(body.data[0].waitingFor).toMatchObject({ code: 'budget', until: expect.any(String) });
    });
    expect((await get(`/v1/try-ons/${first}`)).body.status).toBe('succeeded');
    const bill = simulator.bill();
    expect([bill.images, bill.accepted]).toEqual([limit, limit]);
    expectBilledOnce(bill);
    expectLimitsKept(bill);
  });
});
