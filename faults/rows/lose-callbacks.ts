import { runSql } from '@catwalk/testkit';
import type { Fault, Injection } from '../rig/fault.js';
import { SHORT_WAITS } from '../rig/start-rig.js';

/** Results that are found by asking: at most one poll interval and 5 s after the task ended. */
async function checkFoundSoon({ rig }: Injection): Promise<string[]> {
  const rows = await runSql<{ taskId: string; ms: number }>(
    rig.databaseUrl,
    `SELECT a.provider_task_id AS "taskId", extract(epoch FROM t.finished_at)::float8 * 1000 AS ms
     FROM catwalk.try_on t JOIN catwalk.attempt a ON a.id = t.current_attempt_id WHERE t.status = 'succeeded'`,
  );
  const endedAt = new Map(rig.watch.tasks.map((task) => [task.taskId, task.endedAtMs]));
  const lateMs = Math.max(...rows.map((row) => row.ms - (endedAt.get(row.taskId) ?? row.ms)));
  const boundMs = Number(SHORT_WAITS.POLL_INTERVAL_MS) + 5_000;
  return lateMs > boundMs ? [`a result was found ${Math.round(lateMs)} ms after its end`] : [];
}

function dropped(percent: number): Fault {
  return {
    name: `${percent} % of callbacks dropped`,
    backends: ['redis'],
    jobs: { quick: 150, full: 450 },
    dials: { delayMs: 800, lostCallbackRate: percent / 100 },
    endWithinS: 45,
    noneMayFail: true,
    check: checkFoundSoon,
  };
}

const ACCOUNTS_SLOTS = 15;

/** The share of all slots in which a task ran, from the first submit to the last. */
function checkSlotUse({ rig }: Injection): string[] {
  const { tasks } = rig.watch;
  const from = tasks[0]?.acceptedAtMs ?? 0;
  const to = tasks.at(-1)?.acceptedAtMs ?? 0;
  const busyMs = tasks.reduce(
    (sum, task) => sum + Math.min(task.endedAtMs ?? to, to) - Math.min(task.acceptedAtMs, to),
    0,
  );
  const use = busyMs / (ACCOUNTS_SLOTS * (to - from));
  console.log(`slot use with every callback dropped: ${use.toFixed(2)}`);
  return use < 0.8 ? [`slot use was only ${use.toFixed(2)}`] : [];
}

/** `succeeded` never changes, and `failed` only to it: whatever is told of a job after that stays out of its status. */
async function checkFinalsStay({ rig }: Injection): Promise<string[]> {
  const [row] = await runSql<{ n: number }>(
    rig.databaseUrl,
    `SELECT count(DISTINCT later.try_on_id)::int AS n FROM catwalk.event ended
     JOIN catwalk.event later ON later.try_on_id = ended.try_on_id AND later.id > ended.id
     WHERE ended.kind IN ('try_on.succeeded', 'try_on.failed')
       AND later.kind IN ('try_on.queued', 'try_on.submitted', 'try_on.unconfirmed', 'try_on.processing')`,
  );
  return (row?.n ?? 0) > 0 ? [`${row?.n} were open again after their end`] : [];
}

export const callbackRows: readonly Fault[] = [
  { ...dropped(10), quickBackends: [] },
  dropped(50),
  { ...dropped(100), backends: ['redis', 'postgres'] },
  {
    name: 'all callbacks dropped, long tasks: are slots in use?',
    backends: ['redis'],
    quickBackends: [],
    jobs: { quick: 60, full: 60 },
    dials: { delayMs: 30_000, lostCallbackRate: 1 },
    // Half of the defaults, as the tasks are half a minute.
    env: {
      POLL_INTERVAL_MS: '7500',
      CALLBACK_GRACE_MS: '30000',
      UNCONFIRMED_GRACE_MS: '60000',
      JOB_DEADLINE_MS: '900000',
    },
    endWithinS: 300,
    noneMayFail: true,
    check: checkSlotUse,
  },
  {
    name: 'callbacks doubled and shuffled',
    backends: ['redis', 'postgres'],
    quickBackends: ['redis'],
    jobs: { quick: 200, full: 600 },
    dials: {
      progressCallbacks: true,
      doubledCallbackRate: 1,
      reorderedCallbackRate: 0.6,
      earlyCallbackRate: 0.2,
      lateCallbackRate: 0.2,
      lateCallbackMs: 1_500,
      failureRate: 0.05,
    },
    endWithinS: 45,
    check: checkFinalsStay,
  },
];
