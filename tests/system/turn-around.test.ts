import { describeOnEachBackend, runSql } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { type AppProcess, startApp } from './app-process.js';
import { postTryOns, untilAllEnded } from './jobs.js';
import { type System, startSystem } from './start-system.js';

/** From the end of each task, as the webhook app wrote it, to the claim that took its slot; one slot in all. */
const GAPS = `
  SELECT extract(epoch FROM sent_at - lag(state_since) OVER (ORDER BY sent_at))::float8 * 1000 AS ms
  FROM catwalk.attempt WHERE state = 'ended_succeeded' ORDER BY sent_at OFFSET 1`;

describeOnEachBackend('a slot that a callback frees in one process', (backend) => {
  let system: System | undefined;
  let worker: AppProcess | undefined;
  afterAll(async () => {
    worker?.signal('SIGTERM');
    await worker?.ended();
    await system?.close();
  });

  it('is used by a worker in another by notification, long before the next poll', async () => {
    const dials = { delayMs: 40, pictures: 'placeholder' } as const;
    system = await startSystem({
      worker: false,
      redisUrl: backend.redisUrl,
      simulator: { accounts: [{ email: 'anna@example.com', maxJobs: 1 }], dials },
    });
    await postTryOns(system, 40);
    worker = startApp('worker', system.env);
    await untilAllEnded(system, system.databaseUrl, { timeoutMs: 25_000 });

    const gaps = (await runSql<{ ms: number }>(system.databaseUrl, GAPS)).map((row) => row.ms);
    gaps.sort((a, b) => a - b);
    expect(gaps).toHaveLength(39);
    // 17 ms on a quiet machine; the poll behind the notifications would make it half a second.
    expect(gaps[19]).toBeLessThan(250);
  });
});
