import { describeOnEachBackend, eventually, runSql } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { expectBilledOnce, expectLimitsKept } from './expect-bill.js';
import { countByStatus, postTryOns, untilAllEnded } from './jobs.js';
import { fiveAccounts } from './settings.js';
import { type System, startSystem } from './start-system.js';

const jobs = 75;
const slotsEach = 3;
const accounts = fiveAccounts.map(({ email }) => ({ email, maxJobs: slotsEach }));
const ben = 'ben@example.com';
const otherSlots = (accounts.length - 1) * slotsEach;

describeOnEachBackend('one account of five that answers 402 from the middle on', (backend) => {
  let system: System | undefined;
  afterAll(() => system?.close());

  it('loses its jobs to the others, which stay full, and nothing fails', { timeout: 60_000 }, async () => {
    system = await startSystem({
      redisUrl: backend.redisUrl,
      simulator: { accounts, dials: { delayMs: 1_400, pictures: 'placeholder' } },
    });
    const { simulator } = system;
    await postTryOns(system, jobs);
    const before = await useOfOthers(system, jobs / 3);
    simulator.putAccount(ben, { errorState: 402 });

    const use = await useOfOthers(system, jobs - otherSlots);
    await untilAllEnded(system, system.databaseUrl, { timeoutMs: 30_000 });

    // As full as the machine keeps them while nothing is wrong.
    expect(use).toBeGreaterThan(0.8 * before);
    expect(await countByStatus(system.databaseUrl)).toEqual({ succeeded: jobs });
    const moved = await runSql<{ account: string; state: string }>(
      system.databaseUrl,
      `SELECT b.account, b.state FROM catwalk.attempt a
       JOIN catwalk.try_on t ON t.id = a.try_on_id JOIN catwalk.attempt b ON b.id = t.current_attempt_id
       WHERE a.account = $1 AND a.state = 'deferred'`,
      [ben],
    );
    expect(moved.length).toBeGreaterThan(0);
    for (const job of moved)
      expect(job).toEqual({ account: expect.not.stringContaining(ben), state: 'ended_succeeded' });
    expectBilledOnce(simulator.bill());
    expectLimitsKept(simulator.bill());
  });
});

/** The share of the other accounts' slots that hold a task, on average, from now until so many are accepted. */
async function useOfOthers({ simulator }: System, until: number): Promise<number> {
  const samples: number[] = [];
  await eventually(
    () => {
      const { accepted, accounts: billed } = simulator.bill();
      const running = Object.entries(billed).flatMap(([email, account]) =>
        email === ben ? [] : [account.running],
      );
      samples.push(running.reduce((sum, n) => sum + n, 0) / otherSlots);
      expect(accepted).toBeGreaterThan(until);
    },
    { timeoutMs: 30_000, intervalMs: 20 },
  );
  return samples.reduce((sum, n) => sum + n, 0) / samples.length;
}
