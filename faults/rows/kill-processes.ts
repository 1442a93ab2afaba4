import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Injection } from '../rig/fault.js';
import type { Part } from '../rig/run-part.js';

const both = ['redis', 'postgres'] as const;

/** Kills a process again and again amid the work, each time after some submits more. */
async function killAgain(injection: Injection, part: Part): Promise<void> {
  const kills = injection.quick ? 3 : 8;
  for (let kill = 0; kill < kills; kill += 1) {
    const more = 1 + Math.floor(injection.random() * 8);
    await injection.untilAccepted(more, 4_000).catch(() => undefined);
    await sleep(injection.random() * 150);
    injection.over();
    await part.kill();
    await part.start();
    injection.back();
  }
}

const busy = { delayMs: 300, answerDelayMs: 80, lostCallbackRate: 0.3 };

const crashAt = String(new URL('../preloads/crash-at.mjs', import.meta.url));

export const killRows: readonly Fault[] = [
  {
    name: 'worker killed, again and again',
    backends: both,
    jobs: { quick: 300, full: 900 },
    slotsPerAccount: 10,
    dials: busy,
    flowWithinS: 10,
    endWithinS: 75,
    inject: (injection) => killAgain(injection, injection.rig.workers[0]),
  },
  {
    name: 'worker killed before its request goes out',
    backends: ['redis'],
    jobs: { quick: 45, full: 90 },
    env: { CRASH_AT: 'before provider: POST /v1/kling/images/virtual-try-on' },
    preloads: { worker: [crashAt] },
    endWithinS: 75,
    inject: async ({ rig, over, back }) => {
      const [worker] = rig.workers;
      await worker.ended();
      over();
      worker.unload('crash-at');
      await worker.start();
      back();
    },
  },
  {
    name: 'API killed, again and again',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 200, full: 600 },
    dials: busy,
    endWithinS: 75,
    noneMayFail: true,
    inject: (injection) => killAgain(injection, injection.rig.api),
  },
  {
    name: 'webhook app killed, again and again',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 200, full: 600 },
    dials: busy,
    endWithinS: 75,
    noneMayFail: true,
    inject: (injection) => killAgain(injection, injection.rig.webhook),
  },
  {
    name: 'webhook app down for 30 s',
    backends: ['redis'],
    jobs: { quick: 200, full: 600 },
    endWithinS: 75,
    noneMayFail: true,
    inject: async ({ rig, quick, over }) => {
      await rig.webhook.kill();
      await sleep(quick ? 5_000 : 30_000);
      await rig.webhook.start();
      over();
    },
  },
  {
    name: 'worker frozen past every wait',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 240, full: 600 },
    slotsPerAccount: 10,
    workers: 2,
    dials: { ...busy, answerDelayMs: 150 },
    endWithinS: 75,
    inject: async (injection) => {
      const { rig, quick, random, over } = injection;
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        await injection.untilAccepted(5 + Math.floor(random() * 10), 4_000).catch(() => undefined);
        rig.workers[0].freeze();
        await sleep(16_000);
        rig.workers[0].thaw();
        over();
      }
    },
  },
  {
    name: 'two workers, one killed',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 300, full: 900 },
    slotsPerAccount: 10,
    workers: 2,
    dials: busy,
    flowWithinS: 10,
    endWithinS: 75,
    inject: (injection) => killAgain(injection, injection.rig.workers[1] ?? injection.rig.workers[0]),
  },
];
