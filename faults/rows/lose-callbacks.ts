import { runSql } from '@catwalk/testkit';
import type { Fault, Figure, Injection } from '../rig/fault.js';
import { SHORT_WAITS } from '../rig/start-rig.js';

/** Results that are found by asking: at most one poll interval and 5 s after the task ended. */
export async function measureFoundSoon({ rig }: Injection, pollIntervalMs: number): Promise<Figure> {
  const rows = await runSql<{ taskId: string; ms: number }>(
    rig.databaseUrl,
    `SELECT a.provider_task_id AS "taskId", extract(epoch FROM t.finished_at)::float8 * 1000 AS ms
     FROM catwalk.try_on t JOIN catwalk.attempt a ON a.id = t.current_attempt_id WHERE t.status = 'succeeded'`,
  );
  const endedAt = new Map(rig.watch.tasks.map((task) => [task.taskId, task.endedAtMs]));
  const lateMs = Math.max(...rows.map((row) => row.ms - (endedAt.get(row.taskId) ?? row.ms)));
  const atMost = pollIntervalMs / 1_000 + 5;
  return { what: 'latest result after its task ended', value: lateMs / 1_000, unit: 's', atMost };
}

function dropped(percent: number): Fault {
  return {
    name: `${percent} % of callbacks dropped`,
    backends: ['redis'],
    jobs: { quick: 150, full: 300 },
    dials: { delayMs: 800, lostCallbackRate: percent / 100 },
    endWithinS: 45,
    noneMayFail: true,
    measure: async (injection) => [await measureFoundSoon(injection, Number(SHORT_WAITS.POLL_INTERVAL_MS))],
  };
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
  { ...dropped(50), quickBackends: [] },
  { ...dropped(100), backends: ['redis', 'postgres'] },
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
