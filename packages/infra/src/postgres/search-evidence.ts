import { ATTEMPT_STATES, type EvidenceSearch, type SearchedAttempt } from '@catwalk/core';
import { z } from 'zod';
import type { Database } from './open-database.js';

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
    inputs: z.object({
      humanImage: z.string(),
      dressInput: z.string().nullable(),
      upperInput: z.string().nullable(),
      lowerInput: z.string().nullable(),
      imageCount: z.number(),
    }),
  })
  .transform(({ graceFrom, sweptAt, absentAt, ...row }) => ({
    ...row,
    search: { graceFrom, sweptAt, absentAt },
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
      json_build_object('humanImage', t.human_image, 'dressInput', t.dress_input, 'upperInput', t.upper_input,
        'lowerInput', t.lower_input, 'imageCount', a.image_count) AS inputs
    FROM chosen JOIN catwalk.attempt a USING (id) JOIN catwalk.try_on t ON t.id = a.try_on_id
    ORDER BY a.id`;
  return searchRows.parse(rows);
}

/** Keeps how far the search for an attempt has come, while it is still searched for. */
export async function keepSearch(db: Database, attemptId: string, search: EvidenceSearch): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET grace_from = ${search.graceFrom}, swept_at = ${search.sweptAt},
      absent_at = ${search.absentAt}
    WHERE id = ${attemptId} AND state = 'unknown'`;
}
