import { describeOnEachBackend, eventually } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import type { Answer } from './create-client.js';
import { expectBilledOnce, expectLimitsKept } from './expect-bill.js';
import { countByStatus, postTryOns, untilAllEnded } from './jobs.js';
import { type System, startSystem } from './start-system.js';

const jobs = 2_000;

describeOnEachBackend('2,000 try-ons with callbacks twice, early, late and out of order', (backend) => {
  let system: System | undefined;
  afterAll(() => system?.close());

  it('all end, each billed at most once, no account ever above its limit', { timeout: 200_000 }, async () => {
    system = await startSystem({
      redisUrl: backend.redisUrl,
      simulator: {
        seed: 'two thousand',
        dials: {
          delayMs: 100,
          pictures: 'placeholder',
          progressCallbacks: true,
          lostAnswerRate: 0.05,
          failureRate: 0.02,
          doubledCallbackRate: 0.2,
          earlyCallbackRate: 0.1,
          lateCallbackRate: 0.1,
          lateCallbackMs: 400,
          reorderedCallbackRate: 0.2,
          lostCallbackRate: 0.01,
        },
      },
    });
    const stopCanceling = new AbortController();
    let posted = 0;
    const run = system;
    const postAndEnd = async () => {
      await postTryOns(run, jobs, async (n, id) => {
        posted += 1;
        if (n % 40 === 0) await cancel(run, id);
      });
      await untilAllEnded(run, run.databaseUrl, { timeoutMs: 150_000 });
    };
    const [canceledInFlight] = await Promise.all([
      cancelInFlight(run, () => posted / 10, stopCanceling.signal),
      postAndEnd().finally(() => stopCanceling.abort()),
    ]);
    await eventually(() => expect(system?.simulator.idle().idle).toBe(true));

    const bill = system.simulator.bill();
    expectBilledOnce(bill);
    expectLimitsKept(bill);
    const counts = await countByStatus(system.databaseUrl);
    expect(counts.succeeded).toBeGreaterThan(jobs * 0.8);
    expect(Object.keys(counts).sort()).toEqual(['canceled', 'failed', 'succeeded']);
    // Faults and cancels really happened.
    const { doubled, early, late, reordered, lost } = bill.callbacks;
    expect(Math.min(doubled, early, late, reordered)).toBeGreaterThan(jobs * 0.05);
    expect(lost).toBeGreaterThan(0);
    expect(canceledInFlight).toBeGreaterThanOrEqual(jobs / 10);
    expect(counts.canceled).toBeGreaterThanOrEqual(canceledInFlight);
  });
});

/**
 * Cancels jobs while they are submitted or worked on, until `goal` of them were caught there; returns how many.
 * What the answer says of its submit proves that a job was on its way.
 */
async function cancelInFlight(system: System, goal: () => number, stop: AbortSignal): Promise<number> {
  let caught = 0;
  await eventually(
    async () => {
      const missing = Math.ceil(goal()) - caught;
      const { body } = await system.get('/v1/try-ons?status=submitting,processing&limit=20');
      const chosen: { id: string }[] = body.data.slice(0, missing);
      const answers = await Promise.all(chosen.map(({ id }) => cancel(system, id)));
      caught += answers.filter(({ status, body: job }) => status === 200 && job.submittedAt !== null).length;
      if (!stop.aborted) throw new Error('jobs are still running');
    },
    { timeoutMs: 200_000, intervalMs: 25 },
  );
  return caught;
}

async function cancel(system: System, id: string): Promise<Answer> {
  const answer = await system.post(`/v1/try-ons/${id}/cancel`, {});
  // One that ended a moment earlier is not cancelable any more.
  expect([200, 409]).toContain(answer.status);
  return answer;
}
