import { eventually, runSql } from '@catwalk/testkit';
import type { Fault, Figure, Injection } from '../rig/fault.js';
import { DEFAULT_WAITS, type Rig } from '../rig/start-rig.js';
import { untilTasks } from '../rig/watch-provider.js';
import { measureFoundSoon } from './lose-callbacks.js';

/** Of all accounts together. */
const SLOTS = 15;

/** Some submits never arrive; then the worker dies while others wait for their answers. */
async function killAmidLostSubmits(injection: Injection): Promise<void> {
  const { rig, untilAccepted, over, back } = injection;
  const [worker] = rig.workers;
  // Of the first of an account it can never be shown that they did not arrive: all slots had one by then.
  await untilTasks(rig.watch, SLOTS + 3);
  rig.simulator.turnDials({ lostRequestRate: 0.5 });
  await eventually(() => requireUnknown(rig, 3), { timeoutMs: 60_000, intervalMs: 10 });
  rig.simulator.turnDials({ lostRequestRate: 0 });
  await untilAccepted(2);
  over();
  await worker.kill();
  await worker.start();
  back();
}

async function requireUnknown({ databaseUrl }: Rig, wanted: number): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM catwalk.attempt WHERE state = 'unknown'`;
  const [row] = await runSql<{ n: number }>(databaseUrl, sql);
  if ((row?.n ?? 0) < wanted) throw new Error(`${row?.n} of ${wanted} submits are unanswered`);
}

/** From when an attempt became unknown until its fate was: the grace of two minutes, and 45 s. */
async function measureSettling({ rig }: Injection): Promise<Figure[]> {
  const [row] = await runSql<{ n: number; seconds: number }>(
    rig.databaseUrl,
    `SELECT count(*)::int AS n, extract(epoch FROM max(settled.at - lost.at))::float8 AS seconds
     FROM catwalk.event lost CROSS JOIN LATERAL (
       SELECT at FROM catwalk.event e WHERE e.attempt_id = lost.attempt_id AND e.id > lost.id
         AND e.data->>'from' = 'unknown' AND e.data->>'to' <> 'unknown' ORDER BY e.id LIMIT 1) settled
     WHERE lost.data->>'to' = 'unknown' AND lost.data->>'from' = 'sending'`,
  );
  const what = `slowest settling of ${row?.n ?? 0} unanswered submits`;
  return [{ what, value: row?.seconds ?? Number.POSITIVE_INFINITY, unit: 's', atMost: 120 + 45 }];
}

/** The share of all slots in which a task ran, from the first submit to the last. */
function measureSlotUse({ rig }: Injection): Figure {
  const { tasks } = rig.watch;
  const from = tasks[0]?.acceptedAtMs ?? 0;
  const to = tasks.at(-1)?.acceptedAtMs ?? 0;
  const busyMs = tasks.reduce(
    (sum, task) => sum + Math.min(task.endedAtMs ?? to, to) - Math.min(task.acceptedAtMs, to),
    0,
  );
  const value = busyMs / (SLOTS * (to - from));
  return { what: 'share of the slots in use, at tasks of 60 s', value, unit: '', atLeast: 0.8 };
}

/** What was promised with a time in it, as it is promised: no wait is shortened. */
export const defaultRows: readonly Fault[] = [
  {
    name: 'all callbacks dropped, tasks of 60 s, every wait as by default',
    backends: ['redis'],
    quickBackends: [],
    jobs: { quick: 60, full: 60 },
    dials: { delayMs: 60_000, lostCallbackRate: 1 },
    env: DEFAULT_WAITS,
    endWithinS: 480,
    noneMayFail: true,
    measure: async (injection) => [measureSlotUse(injection), await measureFoundSoon(injection, 15_000)],
  },
  {
    name: 'worker killed and submits lost, every wait as by default',
    backends: ['redis'],
    quickBackends: [],
    jobs: { quick: 60, full: 60 },
    accounts: 1,
    slotsPerAccount: SLOTS,
    dials: { delayMs: 2_000, answerDelayMs: 500, lostCallbackRate: 0.3 },
    env: DEFAULT_WAITS,
    flowWithinS: 10,
    endWithinS: 330,
    noneMayFail: true,
    inject: killAmidLostSubmits,
    measure: measureSettling,
  },
];
