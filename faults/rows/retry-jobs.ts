import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, runSql } from '@catwalk/testkit';
import type { Fault, Injection } from '../rig/fault.js';

/** Cancels jobs wherever they stand and retries them at once; what may have been paid for must be refused. */
async function cancelAndRetry({ rig, accepted, random }: Injection): Promise<void> {
  const chosen = [...accepted.values()].filter(() => random() < 0.5);
  for (const id of chosen) {
    await sleep(random() * 30);
    const canceled = await rig.client.post(`/v1/try-ons/${id}/cancel`, {});
    if (canceled.status === 200) await rig.client.post(`/v1/try-ons/${id}/retry`, {});
  }
}

/**
 * Jobs whose first task runs long and fails: canceled, and submitted again because a person said so. The old
 * task fails while the new one runs.
 */
async function failOldAttempts(injection: Injection): Promise<void> {
  const { rig, allowTwice } = injection;
  const ids = await eventually(() => findProcessing(injection), { timeoutMs: 30_000 });
  const submits = rig.watch.tasks.length;
  rig.simulator.turnDials({ failureRate: 0, delayMs: 14_000 });
  for (const id of ids) {
    await rig.client.post(`/v1/try-ons/${id}/cancel`, {});
    const { status, text } = await rig.client.post(`/v1/try-ons/${id}/retry`, { mayBillTwice: true });
    if (status !== 200) throw new Error(`a retry was refused: ${status} ${text}`);
    allowTwice(id);
  }
  await eventually(() => requireSubmits(injection, submits + ids.length), { timeoutMs: 15_000 });
  rig.simulator.turnDials({ delayMs: 300 });
}

function requireSubmits({ rig }: Injection, count: number): void {
  const { tasks } = rig.watch;
  if (tasks.length < count) throw new Error(`${tasks.length} of ${count} submits were accepted`);
}

/** On a slow machine some may have failed already: a few are enough. */
async function findProcessing({ rig }: Injection): Promise<string[]> {
  const rows = await runSql<{ id: string; open: number }>(
    rig.databaseUrl,
    `SELECT id, (SELECT count(*)::int FROM catwalk.try_on WHERE status IN ('queued', 'submitting')) AS open
     FROM catwalk.try_on WHERE status = 'processing'`,
  );
  if (rows.length < 3 || rows.some((row) => row.open > 0))
    throw new Error(`${rows.length} are being processed`);
  return rows.map((row) => row.id);
}

async function checkNeverFailed({ rig }: Injection): Promise<string[]> {
  const [row] = await runSql<{ n: number }>(
    rig.databaseUrl,
    `SELECT count(DISTINCT e.try_on_id)::int AS n FROM catwalk.event e WHERE e.kind = 'try_on.failed'
       AND EXISTS (SELECT FROM catwalk.attempt a WHERE a.try_on_id = e.try_on_id AND a.number = 2)`,
  );
  return (row?.n ?? 0) > 0 ? [`${row?.n} were called failed while a task of theirs was running`] : [];
}

export const retryRows: readonly Fault[] = [
  {
    name: 'retry after cancel',
    backends: ['redis', 'postgres'],
    quickBackends: ['redis'],
    jobs: { quick: 150, full: 450 },
    dials: { delayMs: 500, answerDelayMs: 50, lostAnswerRate: 0.1, lostCallbackRate: 0.2 },
    endWithinS: 75,
    inject: cancelAndRetry,
  },
  {
    name: 'an old attempt fails after a retry',
    backends: ['redis'],
    jobs: { quick: 18, full: 18 },
    slotsPerAccount: 10,
    dials: { delayMs: 10_000, delayJitter: 0.1, failureRate: 1, failureMessage: 'Internal task error' },
    endWithinS: 45,
    inject: async (injection) => {
      await failOldAttempts(injection);
      injection.over();
    },
    check: checkNeverFailed,
  },
];
