import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Injection } from '../rig/fault.js';
import { dropFillers, insertFillers } from '../rig/insert-fillers.js';

const SLOTS = 15;

function redisOf({ rig }: Injection) {
  if (rig.redis === null) throw new Error('this row is for Redis');
  return rig.redis;
}

export const queueRows: readonly Fault[] = [
  {
    name: 'FLUSHALL with a long queue',
    backends: ['redis'],
    jobs: { quick: 60, full: 120 },
    flowWithinS: 5,
    endWithinS: 75,
    noneMayFail: true,
    inject: async (injection) => {
      const { rig, quick, over, untilAccepted } = injection;
      await insertFillers(rig.databaseUrl, quick ? 20_000 : 100_000);
      await untilAccepted(2 * SLOTS);
      await redisOf(injection).flush();
      // What the worker had pulled may still be sent: more than the lanes held can only be new.
      over(2 * SLOTS);
      await untilAccepted(4 * SLOTS);
      await dropFillers(rig.databaseUrl);
    },
  },
  {
    name: 'Redis killed for 10 s',
    backends: ['redis'],
    jobs: { quick: 200, full: 600 },
    flowWithinS: 10,
    endWithinS: 75,
    noneMayFail: true,
    inject: async (injection) => {
      await injection.untilAccepted(10);
      await redisOf(injection).kill();
      await sleep(10_000);
      await redisOf(injection).start();
      injection.over();
    },
  },
  {
    name: 'Redis restarted from an old snapshot',
    backends: ['redis'],
    jobs: { quick: 200, full: 600 },
    flowWithinS: 10,
    endWithinS: 75,
    noneMayFail: true,
    inject: async (injection) => {
      await redisOf(injection).snapshot();
      await injection.untilAccepted(40, 10_000).catch(() => undefined);
      await redisOf(injection).kill();
      await redisOf(injection).start();
      injection.over();
    },
  },
];
