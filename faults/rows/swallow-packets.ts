import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, WireEnd } from '../rig/fault.js';
import { untilTasks } from '../rig/watch-provider.js';

/**
 * For a while connections, new ones too, stay open and nothing passes. Then new ones pass again; those of before
 * stay silent for ever, as behind a firewall that forgot them.
 */
function swallowed(end: WireEnd, words: string, flowWithinS: number): Fault {
  return {
    name: `connections to ${words} swallow packets`,
    backends: ['redis'],
    jobs: { quick: 200, full: 600 },
    wires: [end],
    flowWithinS,
    endWithinS: 75,
    noneMayFail: true,
    inject: async ({ rig, quick, over }) => {
      // Each account has tasks by then that a look can be checked by.
      await untilTasks(rig.watch, 30);
      const wire = rig.wire(end);
      wire.swallow();
      await sleep(quick ? 6_000 : 15_000);
      await wire.mend();
      over();
    },
  };
}

export const swallowRows: readonly Fault[] = [
  swallowed('redis', 'Redis', 10),
  {
    ...swallowed('postgres', 'Postgres', 10),
    backends: ['redis', 'postgres'],
    quickBackends: ['redis'],
  },
  // While its questions are not answered either, which takes 10 s each, probes are put off: by 41 s here.
  { ...swallowed('provider', 'the provider', 70), quickBackends: [], endWithinS: 120 },
];
