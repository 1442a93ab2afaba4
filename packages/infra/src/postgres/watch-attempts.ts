import type { AttemptState } from '@catwalk/core';
import { z } from 'zod';
import type { SubmitRequest } from './claim-jobs.js';
import type { Database } from './open-database.js';
import { SUBMITTED_BY_ATTEMPT } from './submitted-inputs.js';

/** An attempt as the watch sees it. */
export interface WatchedAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly replyRef: string;
  readonly account: string;
  readonly state: AttemptState;
  readonly providerTaskId: string | null;
  readonly provisional: boolean;
  readonly sentAt: Date;
  readonly answeredAt: Date | null;
  readonly deadlineAt: Date;
  readonly checks: number;
  readonly listedAt: Date | null;
  readonly request: SubmitRequest;
}

const watchedRow = z.object({
  id: z.string(),
  jobId: z.string(),
  replyRef: z.string(),
  account: z.string(),
  state: z.enum([
    'sending',
    'accepted',
    'unknown',
    'given_up',
    'disproved',
    'deferred',
    'refused',
    'never_sent',
    'ended_succeeded',
    'ended_failed',
  ]),
  providerTaskId: z.string().nullable(),
  provisional: z.boolean(),
  sentAt: z.date(),
  answeredAt: z.date().nullable(),
  deadlineAt: z.date(),
  checks: z.number(),
  listedAt: z.date().nullable(),
  request: z.object({
    humanImage: z.string(),
    dressInput: z.string().nullable(),
    upperInput: z.string().nullable(),
    lowerInput: z.string().nullable(),
    imageCount: z.number(),
  }),
});

const watchedRows = z.array(watchedRow);
const leasedRows = z.array(watchedRow.extend({ leasedAt: z.date() }));

/** An attempt whose next look is ours to make, and since when: a look that begins now begins after it. */
export type LeasedAttempt = WatchedAttempt & { readonly leasedAt: Date };

/** Every attempt that holds a slot, with the database's clock. */
export async function listOpenAttempts(db: Database): Promise<{ now: Date; attempts: WatchedAttempt[] }> {
  const [clock] = await db.prisma.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  const rows = await db.prisma.$queryRaw`
    SELECT a.id, a.try_on_id AS "jobId", a.reply_ref AS "replyRef", a.account, a.state,
      a.provider_task_id AS "providerTaskId", a.provisional, a.sent_at AS "sentAt", a.answered_at AS "answeredAt",
      a.deadline_at AS "deadlineAt", a.checks, a.listed_at AS "listedAt",
      ${SUBMITTED_BY_ATTEMPT} AS request
    FROM catwalk.attempt a JOIN catwalk.try_on t ON t.id = a.try_on_id
    WHERE a.state = ANY (ARRAY['sending', 'accepted', 'unknown'])
    ORDER BY a.id`;
  return { now: clock?.now ?? new Date(0), attempts: watchedRows.parse(rows) };
}

/**
 * Leases attempts whose next look at their task, or for it if they were given up without one, is due: they are not due again for `leaseMs`, so that many
 * workers share them and one that dies holds nothing up for longer.
 */
export async function leaseDueLooks(
  db: Database,
  options: { readonly leaseMs: number; readonly limit: number },
): Promise<LeasedAttempt[]> {
  const rows = await db.prisma.$queryRaw`
    WITH due AS MATERIALIZED (
      SELECT id FROM catwalk.attempt
      WHERE next_check_at <= clock_timestamp()
        AND (state = 'given_up' OR state = 'accepted' AND provider_task_id IS NOT NULL)
        -- A task that proved to be another's says nothing about this attempt; the rescue takes it back.
        AND NOT (provisional AND EXISTS (SELECT FROM catwalk.attempt o WHERE o.account = attempt.account
          AND o.provider_task_id = attempt.provider_task_id AND o.provider_task_id IS NOT NULL AND NOT o.provisional))
      ORDER BY next_check_at LIMIT ${options.limit} FOR NO KEY UPDATE SKIP LOCKED
    ),
    leased AS (
      UPDATE catwalk.attempt a SET next_check_at = clock_timestamp() + ${options.leaseMs} * interval '1 millisecond'
      FROM due WHERE a.id = due.id RETURNING a.*
    )
    SELECT a.id, a.try_on_id AS "jobId", a.reply_ref AS "replyRef", a.account, a.state,
      a.provider_task_id AS "providerTaskId", a.provisional, a.sent_at AS "sentAt", a.answered_at AS "answeredAt",
      a.deadline_at AS "deadlineAt", a.checks, a.listed_at AS "listedAt",
      ${SUBMITTED_BY_ATTEMPT} AS request,
      clock_timestamp() AS "leasedAt"
    FROM leased a JOIN catwalk.try_on t ON t.id = a.try_on_id ORDER BY a.id`;
  return leasedRows.parse(rows);
}

/**
 * Sets when an attempt is looked at next, and counts the look that was made. An open attempt is looked at
 * soon after its deadline at the latest.
 *
 * @param delayMs from now, or from when the attempt was given up; null: never again
 * @param soonMs the shortest delay
 */
export async function scheduleLook(
  db: Database,
  attemptId: string,
  delayMs: number | null,
  soonMs: number,
): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET checks = checks + 1,
      next_check_at = CASE WHEN ${delayMs}::float8 IS NULL THEN NULL
        WHEN state = 'given_up' THEN greatest(state_since + ${delayMs}::float8 * interval '1 millisecond',
          clock_timestamp() + ${soonMs} * interval '1 millisecond')
        ELSE least(clock_timestamp() + ${delayMs}::float8 * interval '1 millisecond',
          greatest(deadline_at, clock_timestamp() + ${soonMs} * interval '1 millisecond')) END
    WHERE id = ${attemptId} AND state IN ('accepted', 'given_up')`;
}

/**
 * Notes which attempts the scheduler listed, and makes those due at once that it listed before and does not
 * any more, or never listed one interval after they were accepted. Each is asked for once; after that its
 * looks follow their own schedule until it is listed again.
 */
export async function noteListing(
  db: Database,
  listing: {
    readonly listed: readonly string[];
    readonly notListed: readonly string[];
    readonly intervalMs: number;
    readonly graceMs: number;
  },
): Promise<number> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET listed_at = clock_timestamp(), checks = 0,
      -- Past the deadline the next look stands: each listing would put off for ever the look that ends the task.
      next_check_at = CASE WHEN deadline_at <= clock_timestamp() THEN next_check_at
        ELSE least(clock_timestamp() + ${listing.graceMs} * interval '1 millisecond',
          greatest(deadline_at, clock_timestamp() + ${listing.intervalMs} * interval '1 millisecond')) END
    WHERE id IN (SELECT id FROM catwalk.attempt WHERE id = ANY(${listing.listed}::text[])
      AND state = ANY (ARRAY['sending', 'accepted', 'unknown']) ORDER BY id FOR NO KEY UPDATE)`;
  return db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET next_check_at = clock_timestamp()
    WHERE id IN (SELECT id FROM catwalk.attempt WHERE id = ANY(${listing.notListed}::text[])
      AND state = 'accepted' AND checks = 0 AND next_check_at > clock_timestamp()
      AND (listed_at IS NOT NULL
        OR answered_at <= clock_timestamp() - ${listing.intervalMs} * interval '1 millisecond')
      ORDER BY id FOR NO KEY UPDATE)`;
}

/**
 * The replyRefs of those of these running tasks that attempts of this database account for. One that ended with
 * another task does not: its slot is free, and the task that runs in its name takes one.
 */
export async function findKnownReplyRefs(
  db: Database,
  tasks: readonly { readonly taskId: string; readonly replyRef: string | null }[],
): Promise<ReadonlySet<string>> {
  if (tasks.every((task) => task.replyRef === null)) return new Set();
  const rows = await db.prisma.$queryRaw<{ ref: string }[]>`
    SELECT a.reply_ref AS ref
    FROM jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb) AS l("taskId" text, "replyRef" text)
    JOIN catwalk.attempt a ON a.reply_ref = l."replyRef"
    WHERE a.state = ANY (ARRAY['sending', 'accepted', 'unknown'])
      OR a.provider_task_id IS NULL OR a.provider_task_id = l."taskId"`;
  return new Set(rows.map((row) => row.ref));
}

/** Adds lines to jobs' timelines that change nothing: looks that found nothing new, and the like. */
export async function noteEvents(
  db: Database,
  events: readonly { tryOnId: string; attemptId: string; kind: string; actor: string; data: unknown }[],
): Promise<void> {
  if (events.length === 0) return;
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.event (try_on_id, attempt_id, kind, actor, data, at)
    SELECT n."tryOnId", n."attemptId", n.kind, n.actor, n.data, clock_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
      AS n("tryOnId" text, "attemptId" text, kind text, actor text, data jsonb)`;
}
