import { JOB_STATUSES, type JobStatus } from '@catwalk/core';
import { z } from 'zod';
import { BATCH_WAITING, batchWaitingGroup } from './batch-waiting.js';
import { Prisma } from './generated/client.js';
import { KEPT } from './keep-plans.js';

const STATES = ['receiving', 'running', 'paused', 'canceling', 'canceled', 'finished'] as const;

const inFlight = z.partialRecord(z.enum(['submitting', 'unconfirmed', 'processing']), z.number());

/** Ends of jobs that are not yet folded into their batch, of one kind. */
const delta = z.object({
  was: z.string().nullable(),
  wasCode: z.string().nullable(),
  ended: z.string().nullable(),
  code: z.string().nullable(),
  count: z.number(),
  imagesBilled: z.number(),
});

const readRow = z.object({
  id: z.string(),
  client: z.string(),
  format: z.enum(['ndjson', 'csv', 'json']),
  /** Of a CSV: its own columns in their order, and what stands between them. */
  columns: z.array(z.string()).nullable(),
  delimiter: z.string().nullable(),
  state: z.enum(STATES),
  stateSince: z.date(),
  pauseReason: z.enum(['person', 'pilot_review', 'failures']).nullable(),
  pauseDetail: z.string().nullable(),
  pausedBy: z.string().nullable(),
  pilot: z.number().nullable(),
  /** Whether all but the pilot still wait for somebody to look at it. */
  piloting: z.boolean(),
  failureRatio: z.number().nullable(),
  failuresAfter: z.number().nullable(),
  maxImages: z.number().nullable(),
  priority: z.number(),
  expiresAt: z.date().nullable(),
  total: z.number(),
  images: z.number(),
  invalid: z.number(),
  /** The first of them. */
  invalidLines: z.array(
    z.object({ line: z.number(), errors: z.array(z.object({ path: z.string(), message: z.string() })) }),
  ),
  succeeded: z.number(),
  failed: z.number(),
  canceled: z.number(),
  failures: z.record(z.string(), z.number()),
  imagesBilled: z.number(),
  /** Jobs that end in a second. */
  pace: z.number().nullable(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  deltas: z.array(delta),
  inFlight,
  /** The database's clock when the row was read. */
  now: z.date(),
});
type ReadRow = z.output<typeof readRow>;

/** A batch as it stands at one moment, with what is not yet folded into it. */
export interface BatchRow extends Omit<ReadRow, 'succeeded' | 'failed' | 'canceled' | 'deltas' | 'inFlight'> {
  /** They add up to `total`. */
  readonly counts: Readonly<Record<JobStatus, number>>;
}

const readShownRow = readRow.extend({ waitingGroups: z.array(batchWaitingGroup) });

/** A batch with what its queued jobs wait for at the same moment, by groups; none of one that is held. */
export interface ShownBatchRow extends BatchRow {
  readonly waitingGroups: z.output<typeof readShownRow>['waitingGroups'];
}

/** Parses what `selectBatches` read. */
export function parseBatchRows(rows: readonly unknown[]): BatchRow[] {
  return rows.map((row) => countedUp(readRow.parse(row)));
}

/** Parses what `selectShownBatches` read. */
export function parseShownBatchRows(rows: readonly unknown[]): ShownBatchRow[] {
  return rows.map((row) => {
    const { waitingGroups, ...rest } = readShownRow.parse(row);
    return { ...countedUp(rest), waitingGroups };
  });
}

/**
 * Reads batches from a source of batch rows, each with the ends that are not yet folded into it, and with what is in
 * flight. One statement, and so one moment: a job that ends moves from one count to another, and is missed by none.
 * What is in flight is found by its status, since no more can be than there are slots; a batch's jobs are never
 * read through.
 */
export function selectBatches(source: Prisma.Sql, invalidShown: number): Prisma.Sql {
  return select(source, invalidShown, { ctes: Prisma.empty, column: Prisma.empty, join: Prisma.empty });
}

/** The same, and in the same statement what the queued jobs wait for. Its plan is kept. */
export function selectShownBatches(source: Prisma.Sql, invalidShown: number): Prisma.Sql {
  return Prisma.sql`${KEPT}${select(source, invalidShown, BATCH_WAITING)}`;
}

function select(source: Prisma.Sql, invalidShown: number, waiting: typeof BATCH_WAITING): Prisma.Sql {
  return Prisma.sql`
    WITH RECURSIVE shown AS MATERIALIZED (${source}),
    flying AS MATERIALIZED (
      SELECT t.batch_id, t.status FROM catwalk.try_on t
      WHERE t.status IN ('submitting', 'unconfirmed', 'processing')
    )${waiting.ctes}
    SELECT b.id, b.client, b.format, b.columns, b.delimiter, b.state, b.state_since AS "stateSince",
      b.pause_reason AS "pauseReason", b.pause_detail AS "pauseDetail", b.paused_by AS "pausedBy", b.pilot, b.piloting,
      b.failure_ratio AS "failureRatio", b.failures_after AS "failuresAfter", b.max_images AS "maxImages",
      b.priority, b.expires_at AS "expiresAt", b.total, b.images, b.invalid, b.succeeded, b.failed, b.canceled,
      b.failures, b.images_billed AS "imagesBilled", b.pace, b.started_at AS "startedAt",
      b.finished_at AS "finishedAt", b.created_at AS "createdAt", b.updated_at AS "updatedAt",
      coalesce(d.deltas, '[]') AS deltas, coalesce(f.counts, '{}') AS "inFlight",
      coalesce(i.lines, '[]') AS "invalidLines", clock_timestamp() AS now${waiting.column}
    FROM shown b
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('was', g.was, 'wasCode', g.was_code, 'ended', g.ended, 'code', g.code,
        'count', g.count, 'imagesBilled', g.images_billed)) AS deltas
      FROM (
        SELECT was, was_code, ended, code, count(*) AS count, sum(images_billed) AS images_billed
        FROM catwalk.batch_delta WHERE batch_id = b.id GROUP BY was, was_code, ended, code
      ) g
    ) d ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_object_agg(g.status, g.count) AS counts
      FROM (SELECT status, count(*) AS count FROM flying WHERE batch_id = b.id GROUP BY status) g
    ) f ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('line', l.line, 'errors', l.issues) ORDER BY l.line) AS lines
      FROM (
        SELECT line, issues FROM catwalk.batch_invalid_line WHERE batch_id = b.id
        ORDER BY line LIMIT ${invalidShown}
      ) l
    ) i ON true
    ${waiting.join}
    ORDER BY b.id DESC`;
}

function countedUp({ succeeded, failed, canceled, deltas, inFlight, ...row }: ReadRow): BatchRow {
  const counts: Record<string, number> = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0]));
  const failures = new Map(Object.entries(row.failures));
  Object.assign(counts, { succeeded, failed, canceled }, inFlight);
  const count = (status: string | null, code: string | null, by: number) => {
    if (status === null) return;
    counts[status] = (counts[status] ?? 0) + by;
    if (status === 'failed' && code !== null) failures.set(code, (failures.get(code) ?? 0) + by);
  };
  for (const one of deltas) {
    count(one.was, one.wasCode, -one.count);
    count(one.ended, one.code, one.count);
  }
  counts.queued = row.total - Object.values(counts).reduce((sum, n) => sum + n, 0);
  return {
    ...row,
    counts: counts as BatchRow['counts'],
    failures: Object.fromEntries(
      [...failures].filter(([, n]) => n !== 0).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    imagesBilled: row.imagesBilled + deltas.reduce((sum, one) => sum + one.imagesBilled, 0),
  };
}
