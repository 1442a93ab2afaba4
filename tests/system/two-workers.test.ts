import { describeOnEachBackend } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { type AppProcess, startApp } from './app-process.js';
import { expectBilledOnce, expectLimitsKept } from './expect-bill.js';
import { countByStatus, postTryOns, untilAllEnded } from './jobs.js';
import { type System, startSystem } from './start-system.js';

const jobs = 150;

describeOnEachBackend('two worker processes', (backend) => {
  let system: System | undefined;
  const workers: AppProcess[] = [];
  afterAll(async () => {
    for (const worker of workers) worker.signal('SIGTERM');
    for (const worker of workers) expect(await worker.ended()).toMatchObject({ code: 0 });
    await system?.close();
  });

  it('share the slots: both work, every slot is used, and none beyond the limits', {
    timeout: 120_000,
  }, async () => {
    system = await startSystem({
      worker: false,
      redisUrl: backend.redisUrl,
      simulator: {
        accounts: [
          { email: 'anna@example.com', maxJobs: 3 },
          { email: 'ben@example.com', maxJobs: 10 },
        ],
        dials: { delayMs: 300, pictures: 'placeholder' },
      },
    });
    await postTryOns(system, jobs);
    const { env } = system;
    workers.push(startApp('worker', env), startApp('worker', env));
    await untilAllEnded(system, system.databaseUrl, { timeoutMs: 90_000 });

    expect(await countByStatus(system.databaseUrl)).toEqual({ succeeded: jobs });
    const bill = system.simulator.bill();
    expectBilledOnce(bill);
    expectLimitsKept(bill);
    for (const account of Object.values(bill.accounts)) expect(account.maxRunning).toBe(account.maxJobs);
    const submits = workers.map((worker) => worker.output().split('"try-on.submitted"').length - 1);
    expect(submits.reduce((sum, count) => sum + count, 0)).toBe(jobs);
    for (const count of submits) expect(count).toBeGreaterThan(jobs / 10);
  });
});
