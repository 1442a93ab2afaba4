import { runSql } from '@catwalk/testkit';
import type { Rig } from './rig/start-rig.js';

/** What is counted of a row when all is over; all but `jobs` and `failed` must be 0. */
export interface Counts {
  readonly jobs: number;
  /** Accepted by the API, and no row is there. */
  readonly lost: number;
  /** Jobs whose submits the provider accepted more often than anybody asked for. */
  readonly billedTwice: number;
  /** Not final at the end of the bound. */
  readonly stuck: number;
  /** By the provider's own measure: accepted above an account's limit, or refused because of it. */
  readonly overLimit: number;
  readonly failed: number;
}

const FINAL = `('succeeded', 'failed', 'canceled')`;

/** Jobs and attempts that are still open. */
export async function countOpen(databaseUrl: string): Promise<{ jobs: number; attempts: number }> {
  const [row] = await runSql<{ jobs: number; attempts: number }>(
    databaseUrl,
    `SELECT (SELECT count(*)::int FROM catwalk.try_on WHERE status NOT IN ${FINAL}) AS jobs,
       (SELECT count(*)::int FROM catwalk.attempt WHERE state IN ('sending', 'accepted', 'unknown')) AS attempts`,
  );
  return row ?? { jobs: 0, attempts: 0 };
}

export async function countRow(
  rig: Rig,
  accepted: ReadonlyMap<number, string>,
  allowedTwice: ReadonlyMap<string, number>,
): Promise<Counts> {
  const ids = [...accepted.values()];
  const rows = await runSql<{ id: string; status: string }>(
    rig.databaseUrl,
    'SELECT id, status FROM catwalk.try_on WHERE id = ANY($1)',
    [ids],
  );
  const bill = rig.simulator.bill();
  const counts = Object.values(bill.accounts);
  return {
    jobs: ids.length,
    lost: ids.length - rows.length,
    billedTwice: await countBilledTwice(rig, allowedTwice),
    stuck: rows.filter((row) => !FINAL.includes(`'${row.status}'`)).length,
    overLimit: counts.reduce((sum, account) => sum + account.overLimit + account.rejectedAtLimit, 0),
    failed: rows.filter((row) => row.status === 'failed').length,
  };
}

/** By the provider's bill: tasks per job, and tasks that no attempt of ours ever asked for. */
async function countBilledTwice(rig: Rig, allowedTwice: ReadonlyMap<string, number>): Promise<number> {
  const rows = await runSql<{ ref: string; job: string }>(
    rig.databaseUrl,
    'SELECT reply_ref AS ref, try_on_id AS job FROM catwalk.attempt',
  );
  const jobOf = new Map(rows.map((row) => [row.ref, row.job]));
  const tasks = new Map<string, number>();
  for (const [ref, count] of Object.entries(rig.simulator.bill().byReplyRef)) {
    const job = jobOf.get(ref) ?? `unknown ${ref}`;
    tasks.set(job, (tasks.get(job) ?? (job.startsWith('unknown') ? 1 : 0)) + count);
  }
  return [...tasks].filter(([job, count]) => count > 1 + (allowedTwice.get(job) ?? 0)).length;
}
