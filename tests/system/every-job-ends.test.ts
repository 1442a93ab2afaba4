import { describeOnEachBackend, eventually } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { expectBilledOnce, expectLimitsKept } from './expect-bill.js';
import { countByStatus, inputOf, postTryOns, untilAllEnded } from './jobs.js';
import { seededRandom } from './seeded-random.js';
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
    const { cancelSoon, cancelInFlight } = chooseCancels();
    const stopCanceling = new AbortController();
    const ids = new Map<number, string>();
    const run = system;
    const postAndEnd = async () => {
      await postTryOns(run, jobs, async (n, id) => {
        ids.set(n, id);
        if (cancelSoon.has(n)) await cancel(run, id);
      });
      await untilAllEnded(run, run.databaseUrl, { timeoutMs: 150_000 });
    };
    const [canceled] = await Promise.all([
      cancelWhatRuns(run, cancelInFlight, ids, stopCanceling.signal),
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
    expect(canceled).toBeGreaterThan(jobs * 0.02);
    expect(counts.canceled).toBeGreaterThan(jobs * 0.05);
  });
});

/** A tenth of the jobs: half are canceled right after their POST, half while the provider works on them. */
function chooseCancels(): { cancelSoon: Set<number>; cancelInFlight: Set<number> } {
  const random = seededRandom(1);
  const all = Array.from({ length: jobs }, (_, n) => n).filter(() => random() < 0.1);
  const isSoon = (_: number, index: number) => index % 2 === 0;
  return {
    cancelSoon: new Set(all.filter(isSoon)),
    cancelInFlight: new Set(all.filter((n, index) => !isSoon(n, index))),
  };
}

/** Cancels the chosen jobs once the provider has them; returns how many were canceled on their way. */
async function cancelWhatRuns(
  system: System,
  chosen: ReadonlySet<number>,
  ids: ReadonlyMap<number, string>,
  stop: AbortSignal,
): Promise<number> {
  const waiting = new Set(chosen);
  const canceled: Promise<boolean>[] = [];
  await eventually(
    () => {
      const { byInput } = system.simulator.bill();
      for (const n of waiting) {
        const id = ids.get(n);
        if (id === undefined || byInput[inputOf(n)] === undefined) continue;
        waiting.delete(n);
        canceled.push(cancel(system, id));
      }
      if (!stop.aborted) throw new Error('jobs are still running');
    },
    { timeoutMs: 200_000, intervalMs: 25 },
  );
  return (await Promise.all(canceled)).filter(Boolean).length;
}

async function cancel(system: System | undefined, id: string): Promise<boolean> {
  const answer = await system?.post(`/v1/try-ons/${id}/cancel`, {});
  // One that ended a moment earlier is not cancelable any more.
  expect([200, 409]).toContain(answer?.status);
  return answer?.status === 200;
}
