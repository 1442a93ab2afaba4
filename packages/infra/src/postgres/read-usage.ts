import { REACHED_PROVIDER_STATES } from '@catwalk/core';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import { SPENDING, SPENT_IMAGES } from './list-budgets.js';
import type { Database } from './open-database.js';
import { isStatementTimeout } from './sql-error.js';

/** What usage is grouped by, as the contract names it. */
export type UsageGroup = 'day' | 'account' | 'client' | 'batch';

export interface UsageCounts {
  readonly imagesSubmitted: number;
  readonly imagesBilled: number;
  readonly jobsSubmitted: number;
  readonly jobsSucceeded: number;
  readonly jobsFailed: number;
}

export interface UsageRow extends UsageCounts {
  readonly day: string | null;
  readonly account: string | null;
  readonly client: string | null;
  readonly batchId: string | null;
}

export interface UsageQuestion {
  /** Whose jobs; null: everyone's. */
  readonly viewer: Viewer;
  /** By the time of the send: inclusive, and exclusive. */
  readonly from: Date;
  readonly to: Date;
  readonly by: readonly UsageGroup[];
  readonly rowsMax: number;
  readonly timeoutMs: number;
}

export type UsageAnswer =
  | { readonly kind: 'read'; readonly rows: readonly UsageRow[]; readonly total: UsageCounts }
  | { readonly kind: 'too_many_rows' | 'too_slow' };

const COLUMNS: Readonly<Record<UsageGroup, Prisma.Sql>> = {
  day: Prisma.sql`day`,
  account: Prisma.sql`account`,
  client: Prisma.sql`client`,
  batch: Prisma.sql`batch_id`,
};

/**
 * What was submitted in a range of time, in total and by groups. A job that was submitted twice counts once in the
 * total, and once in each row that one of its submits belongs to.
 */
export async function readUsage(db: Database, question: UsageQuestion): Promise<UsageAnswer> {
  try {
    return await db.prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(question.timeoutMs)}, true),
        set_config('work_mem', '64MB', true), set_config('jit', 'off', true)`;
      const read = await tx.$queryRaw<(UsageRow & { isTotal: number })[]>`${usageStatement(question)}`;
      // Nothing was submitted: where there is nothing to group there is no total either.
      const [total = NOTHING, ...rows] = read.map(({ isTotal: _, ...row }) => row);
      if (rows.length > question.rowsMax) return { kind: 'too_many_rows' } as const;
      return { kind: 'read', rows, total } as const;
    });
  } catch (error) {
    if (isStatementTimeout(error)) return { kind: 'too_slow' };
    throw error;
  }
}

const NOTHING: UsageCounts = {
  imagesSubmitted: 0,
  imagesBilled: 0,
  jobsSubmitted: 0,
  jobsSucceeded: 0,
  jobsFailed: 0,
};

/** The statement behind it, whose first row is the total. */
function usageStatement({ viewer, from, to, by, rowsMax }: UsageQuestion): Prisma.Sql {
  const columns = by.map((group) => COLUMNS[group]);
  const column = (group: UsageGroup) => (by.includes(group) ? COLUMNS[group] : Prisma.sql`NULL::text`);
  const [isTotal, sets] =
    columns.length === 0
      ? [Prisma.sql`1`, Prisma.sql`number, status`]
      : [
          Prisma.sql`GROUPING(${columns[0]})`,
          Prisma.sql`GROUPING SETS ((${Prisma.join(columns)}, number, status), (number, status))`,
        ];
  return Prisma.sql`
    WITH submit AS (
      SELECT (a.sent_at AT TIME ZONE 'UTC')::date::text AS day, a.account, a.client, a.batch_id, t.number, t.status,
        CASE WHEN ${SPENDING} THEN ${SPENT_IMAGES} ELSE 0 END AS submitted,
        CASE WHEN ${SPENDING} THEN coalesce(a.images_billed, 0) ELSE 0 END AS billed
      FROM ${sourceOf(viewer)} JOIN catwalk.try_on t ON t.id = a.try_on_id
      WHERE a.sent_at >= ${from} AND a.sent_at < ${to} AND a.state = ANY (${[...REACHED_PROVIDER_STATES]}::text[])
    ),
    job AS (
      SELECT ${isTotal} AS is_total, ${column('day')} AS day, ${column('account')} AS account,
        ${column('client')} AS client, ${column('batch')} AS batch_id, status, sum(submitted) AS submitted,
        sum(billed) AS billed
      FROM submit GROUP BY ${sets}
    )
    SELECT is_total AS "isTotal", day, account, client, batch_id AS "batchId",
      sum(submitted)::float8 AS "imagesSubmitted", sum(billed)::float8 AS "imagesBilled",
      count(*)::float8 AS "jobsSubmitted", (count(*) FILTER (WHERE status = 'succeeded'))::float8 AS "jobsSucceeded",
      (count(*) FILTER (WHERE status = 'failed'))::float8 AS "jobsFailed"
    FROM job GROUP BY 1, 2, 3, 4, 5 ORDER BY 1 DESC, 2, 3, 4, 5 LIMIT ${rowsMax + 2}`;
}

/** Attempts `a` by an index on whose they are and when they were sent: a client's, or by account all. */
function sourceOf(viewer: Viewer): Prisma.Sql {
  return viewer === null
    ? Prisma.sql`catwalk.account p JOIN catwalk.attempt a ON a.account = p.email`
    : Prisma.sql`(SELECT * FROM catwalk.attempt WHERE client = ${viewer}) a`;
}
