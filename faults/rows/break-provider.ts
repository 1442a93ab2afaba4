import { setTimeout as sleep } from 'node:timers/promises';
import type { DialsPatch } from '@catwalk/simulator';
import { eventually } from '@catwalk/testkit';
import type { Fault, Injection } from '../rig/fault.js';
import { countFillers, dropFillers, insertFillers } from '../rig/insert-fillers.js';
import { untilTasks } from '../rig/watch-provider.js';

const both = ['redis', 'postgres'] as const;
/** Tasks that end before a look at the scheduler can see them run. */
const shortTasks = { delayMs: 200, lostCallbackRate: 0.5 };

/**
 * An hour of the provider being unreachable, a minute here: every wait and the tasks are shorter by that much.
 * Every slot is taken when it begins. Half of the results are called back, which frees slots for submits that
 * cannot be made; the other half is lost.
 */
async function shutProvider({ rig, quick, over }: Injection): Promise<void> {
  const outageS = quick ? 20 : 60;
  rig.simulator.turnDials({ delayMs: 5_000, delayJitter: 0.1, lostCallbackRate: 0.5 });
  await insertFillers(rig.databaseUrl, 5_000);
  await eventually(
    () => {
      const { running } = rig.simulator.idle();
      if (running < 25) throw new Error(`${running} of 25 tasks run`);
    },
    { timeoutMs: 30_000 },
  );
  await sleep(500);
  await rig.wire('provider').cut();
  await sleep(outageS * 1_000);
  rig.simulator.turnDials({ delayMs: 200, lostCallbackRate: 0 });
  await rig.wire('provider').mend();
  over();
}

/**
 * Nearly every submit is answered so for a while, once each account has tasks that a look can be checked by.
 *
 * @param flowWithinS as long as the answer lets a submit wait: 2 to 3 s after a 429, the next probe after 5xx
 */
function storm(name: string, dials: DialsPatch, flowWithinS: number): Fault {
  return {
    name,
    backends: ['redis'],
    jobs: { quick: 150, full: 450 },
    flowWithinS,
    endWithinS: 75,
    noneMayFail: true,
    inject: async ({ rig, quick, over }) => {
      await untilTasks(rig.watch, 30);
      rig.simulator.turnDials(dials);
      await sleep(quick ? 8_000 : 20_000);
      rig.simulator.turnDials({ serverErrorRate: 0, rateLimitRate: 0 });
      over();
    },
  };
}

export const providerRows: readonly Fault[] = [
  {
    name: 'answers lost after accepting',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 150, full: 450 },
    dials: {
      lostAnswerRate: 0.3,
      serverErrorAfterAcceptRate: 0.1,
      lostRequestRate: 0.05,
      lostCallbackRate: 0.5,
    },
    endWithinS: 75,
  },
  storm('a storm of 5xx', { serverErrorRate: 0.95 }, 30),
  storm('a storm of 429', { rateLimitRate: 0.95 }, 6),
  {
    name: 'accepted long after the client gave up',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 60, full: 200 },
    dials: { lateAcceptRate: 0.2, lateAcceptMs: 6_000, lostCallbackRate: 0.3 },
    endWithinS: 90,
  },
  {
    name: 'inputs rewritten in the listing',
    backends: ['redis'],
    jobs: { quick: 60, full: 200 },
    dials: { ...shortTasks, lostAnswerRate: 0.2, listingRewritesInputs: true },
    env: { JOB_DEADLINE_MS: '16000' },
    endWithinS: 90,
  },
  {
    name: 'listing cut short',
    backends: ['redis'],
    jobs: { quick: 60, full: 200 },
    dials: { ...shortTasks, lostAnswerRate: 0.2, listingTotalMax: 2 },
    env: { JOB_DEADLINE_MS: '16000' },
    endWithinS: 90,
  },
  {
    name: 'twins: the same inputs many times',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 80, full: 240 },
    dials: { lostAnswerRate: 0.2, lostRequestRate: 0.05, lostCallbackRate: 0.3 },
    inputs: (n) => ({
      humanImage: `https://pictures.example/twin-${Math.floor(n / 10)}.jpg`,
      dressInput: 'https://pictures.example/dress.jpg',
    }),
    endWithinS: 90,
  },
  {
    name: 'provider unreachable for an hour, at sixty times the speed',
    backends: ['redis'],
    jobs: { quick: 40, full: 120 },
    wires: ['provider'],
    accounts: 5,
    dials: { delayMs: 200 },
    env: {
      SUBMIT_TIMEOUT_MS: '1000',
      UNCONFIRMED_GRACE_MS: '2000',
      POLL_INTERVAL_MS: '250',
      JOB_DEADLINE_MS: '30000',
    },
    // A probe may have just failed: the next one comes up to a minute later, here as there.
    flowWithinS: 70,
    endWithinS: 75,
    noneMayFail: true,
    inject: async (injection) => {
      await shutProvider(injection);
      await eventually(
        () => {
          const { tasks } = injection.rig.watch;
          if (Date.now() - (tasks.at(-1)?.acceptedAtMs ?? 0) > 1_000) throw new Error('nothing flows yet');
        },
        { timeoutMs: 75_000, intervalMs: 100 },
      );
      await dropFillers(injection.rig.databaseUrl);
    },
    measure: async ({ rig }) => {
      const { failed } = await countFillers(rig.databaseUrl);
      return [{ what: 'failed of 5,000 that waited while 25 ran', value: failed, unit: '', atMost: 0 }];
    },
  },
];
