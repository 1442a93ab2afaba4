import { ATTEMPT_STATES, type EvidenceSearch, type SearchedAttempt } from '@catwalk/core';
import { z } from 'zod';
import type { Database } from './open-database.js';
import { SUBMITTED_BY_ATTEMPT } from './submitted-inputs.js';

/** An attempt of an account under search, with what the search needs to judge and to act. */
export type SearchRow = SearchedAttempt & {
  readonly jobId: string;
  readonly deadlineAt: Date;
  readonly search: EvidenceSearch;
};

const searchRow = z
  .object({
    id: z.string(),
    jobId: z.string(),
    state: z.enum(ATTEMPT_STATES),
    providerTaskId: z.string().nullable(),
    provisional: z.boolean(),
    replyRef: z.string(),
    sentAt: z.date(),
    answeredAt: z.date().nullable(),
    deadlineAt: z.date(),
    graceFrom: z.date(),
    sweptAt: z.date().nullable(),
    absentAt: z.date().nullable(),
    interruptedAt: z.date().nullable(),
    inputs: z.object({
      humanImage: z.string(),
      dressInput: z.string().nullable(),
      upperInput: z.string().nullable(),
      lowerInput: z.string().nullable(),
      imageCount: z.number(),
    }),
  })
  .transform(({ graceFrom, sweptAt, absentAt, interruptedAt, ...row }) => ({
    ...row,
    search: { graceFrom, sweptAt, absentAt, interruptedAt },
  }));

const searchRows = z.array(searchRow);

/** Known tasks from before the search that are read as controls. */
const CONTROLS_MAX = 100;

/**
 * The attempts of one account that a look at its listing is compared with: the open ones, those that own one
 * of the listed tasks, all since a time, and some from before it.
 */
export async function listSearched(
  db: Database,
  account: string,
  since: Date,
  taskIds: readonly string[],
): Promise<SearchRow[]> {
  const rows = await db.prisma.$queryRaw`
    WITH chosen AS (
      SELECT id FROM catwalk.attempt WHERE account = ${account}
        AND state = ANY (ARRAY['sending'::text, 'accepted'::text, 'unknown'::text])
      UNION SELECT id FROM catwalk.attempt WHERE account = ${account} AND sent_at >= ${since}
      -- In two parts, each with an index of its own.
      UNION SELECT id FROM catwalk.attempt WHERE account = ${account}
        AND provider_task_id = ANY(${taskIds}::text[]) AND provider_task_id IS NOT NULL AND NOT provisional
      UNION SELECT id FROM catwalk.attempt WHERE account = ${account}
        AND provider_task_id = ANY(${taskIds}::text[]) AND provisional
      UNION (SELECT id FROM catwalk.attempt WHERE account = ${account} AND sent_at < ${since}
        ORDER BY sent_at DESC LIMIT ${CONTROLS_MAX})
    )
    SELECT a.id, a.try_on_id AS "jobId", a.state, a.provider_task_id AS "providerTaskId", a.provisional,
      a.reply_ref AS "replyRef", a.sent_at AS "sentAt", a.answered_at AS "answeredAt", a.deadline_at AS "deadlineAt",
      -- What was found out before it became unknown, or became so once more, is of another search.
      greatest(a.grace_from, a.state_since) AS "graceFrom",
      CASE WHEN a.swept_at >= a.state_since THEN a.swept_at END AS "sweptAt",
      CASE WHEN a.absent_at >= a.state_since THEN a.absent_at END AS "absentAt",
      CASE WHEN a.interrupted_at >= a.state_since THEN a.interrupted_at END AS "interruptedAt",
      ${SUBMITTED_BY_ATTEMPT} AS inputs
    FROM chosen JOIN catwalk.attempt a USING (id) JOIN catwalk.try_on t ON t.id = a.try_on_id
    ORDER BY a.id`;
  return searchRows.parse(rows);
}

/**
 * Keeps how far the search for an attempt has come, while it is still searched for. Why the last look proved
 * nothing is told in its job's timeline whenever the reason is another one than the last that was told.
 *
 * @param doubt null: nothing spoke against the look
 */
export async function keepSearch(
  db: Database,
  attemptId: string,
  search: EvidenceSearch,
  doubt: string | null,
): Promise<void> {
  await db.prisma.$executeRaw`
    WITH told AS MATERIALIZED (SELECT doubt_told AS doubt FROM catwalk.attempt WHERE id = ${attemptId}),
    kept AS (
      UPDATE catwalk.attempt SET grace_from = ${search.graceFrom}, swept_at = ${search.sweptAt},
        absent_at = ${search.absentAt}, interrupted_at = ${search.interruptedAt},
        doubt_told = coalesce(${doubt}::text, doubt_told)
      WHERE id = ${attemptId} AND state IN ('unknown', 'accepted') RETURNING id, try_on_id
    )
    INSERT INTO catwalk.event (try_on_id, attempt_id, kind, actor, data, at)
    SELECT kept.try_on_id, kept.id, 'attempt.searched', 'worker', jsonb_build_object('doubt', ${doubt}::text),
      clock_timestamp()
    FROM kept, told WHERE ${doubt}::text IS DISTINCT FROM told.doubt AND ${doubt}::text IS NOT NULL`;
}

/** Notes that the sweep that had these attempts in view came to its end. */
export async function keepSwept(db: Database, attemptIds: readonly string[]): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET swept_at = clock_timestamp()
    WHERE id IN (SELECT id FROM catwalk.attempt WHERE id = ANY(${attemptIds}::text[])
      AND state IN ('unknown', 'accepted') AND swept_at IS NOT NULL ORDER BY id FOR NO KEY UPDATE)`;
}
