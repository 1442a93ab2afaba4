import { setTimeout as sleep } from 'node:timers/promises';
import { runSql } from '@catwalk/testkit';
import type { Fault } from '../rig/fault.js';

const both = ['redis', 'postgres'] as const;

export const postgresRows: readonly Fault[] = [
  {
    name: 'Postgres crashed and restarted',
    backends: both,
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
];
