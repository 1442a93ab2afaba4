import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, runSql } from '@catwalk/testkit';
import { tryOnNumber } from '../../tests/system/jobs.js';
import type { Fault } from '../rig/fault.js';
import { canMount } from '../rig/mount-disk.js';
import type { Rig } from '../rig/start-rig.js';

const both = ['redis', 'postgres'] as const;

export const postgresRows: readonly Fault[] = [
  {
    name: 'Postgres crashed and restarted',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 200, full: 600 },
    ownPostgres: true,
    flowWithinS: 10,
    endWithinS: 75,
    inject: async ({ rig, quick, over, untilAccepted }) => {
      await untilAccepted(10, 5_000).catch(() => undefined);
      await rig.postgres?.crash();
      await sleep(quick ? 3_000 : 8_000);
      await rig.postgres?.comeBack();
      over();
    },
  },
  {
    name: 'every connection to Postgres cut',
    backends: both,
    quickBackends: ['redis'],
    jobs: { quick: 200, full: 600 },
    flowWithinS: 10,
    endWithinS: 75,
    inject: async ({ rig, quick, over, random }) => {
      for (let round = 0; round < (quick ? 4 : 12); round += 1) {
        await sleep(200 + random() * 500);
        over();
        await runSql(
          rig.databaseUrl,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      }
    },
  },
  {
    name: 'disk of Postgres full',
    backends: ['redis'],
    jobs: { quick: 200, full: 600 },
    ownPostgres: 'small-disk',
    flowWithinS: 10,
    endWithinS: 75,
    noneMayFail: true,
    isPossible: canMount,
    inject: async ({ rig, quick, over }) => {
      rig.disk?.fill();
      await eventually(() => requireRefused(rig), { timeoutMs: 30_000, intervalMs: 5 });
      await sleep(quick ? 3_000 : 10_000);
      rig.disk?.free();
      // A server that could not write its log has ended.
      await eventually(() => runSql(rig.databaseUrl, 'SELECT 1')).catch(() => rig.postgres?.comeBack());
      over();
    },
  },
];

/** What still fits into a page is stored; the next page is not to be had. */
async function requireRefused({ client }: Rig): Promise<void> {
  const { status } = await client.post('/v1/try-ons', tryOnNumber(7_000));
  if (status !== 503) throw new Error(`there still is room: ${status}`);
}
