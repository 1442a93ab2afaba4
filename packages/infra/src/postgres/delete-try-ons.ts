import { OPEN_ATTEMPT_STATES } from '@catwalk/core';
import type { Database } from './open-database.js';

/** What became of each that was to be deleted; one that is missing there is unknown, open, or still at the provider. */
export interface DeletedTryOns {
  /** Deleted, now or before. */
  readonly deleted: ReadonlySet<string>;
}

/** A try at a picture that is under way may still put it into the store. */
const TRY_MAX_MS = 300_000;

/**
 * Removes everything of jobs but their bill: what they asked for, what came of it, what was told of them. What stays is
 * the job's id, owner, batch, status and times, its idempotency key, so that a repeated request does not run again, and
 * of its attempts account, state, times and billed images. What lies in the store is put down to be removed.
 *
 * Only jobs that are final are deleted, and none that has an attempt at the provider: it holds a slot, and the search
 * for it needs its inputs. Late looks at an attempt that was given up end.
 */
export async function deleteTryOns(
  db: Database,
  ids: readonly string[],
  actor: string,
): Promise<DeletedTryOns> {
  const open = [...OPEN_ATTEMPT_STATES];
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    WITH locked AS MATERIALIZED (
      SELECT id, deleted_at FROM catwalk.try_on t
      WHERE id = ANY (${ids}::text[]) AND status IN ('succeeded', 'failed', 'canceled')
        AND NOT EXISTS (SELECT FROM catwalk.attempt a WHERE a.try_on_id = t.id AND a.state = ANY (${open}::text[]))
      ORDER BY id FOR NO KEY UPDATE
    ),
    fresh AS MATERIALIZED (SELECT id FROM locked WHERE deleted_at IS NULL),
    blanked AS (
      UPDATE catwalk.try_on SET deleted_at = clock_timestamp(), updated_at = clock_timestamp(),
        version = version + 1, custom_id = NULL, metadata = '{}', human_image = '', dress_input = NULL,
        upper_input = NULL, lower_input = NULL, submitted_inputs = NULL, reply_url = NULL, reply_ref = NULL,
        error = CASE WHEN jsonb_typeof(error) = 'object'
          THEN error || '{"message": "The details were deleted", "providerMessage": null}' ELSE error END
      WHERE id = ANY (ARRAY(SELECT id FROM fresh)) RETURNING id
    ),
    attempts AS (
      UPDATE catwalk.attempt SET images = '[]', exchange = NULL, next_check_at = NULL,
        failure = CASE WHEN jsonb_typeof(failure) = 'object'
          THEN failure || '{"message": "The details were deleted", "providerMessage": null}' ELSE failure END
      WHERE try_on_id = ANY (ARRAY(SELECT id FROM fresh)) RETURNING id
    ),
    callbacks AS (DELETE FROM catwalk.callback WHERE try_on_id = ANY (ARRAY(SELECT id FROM fresh))),
    untold AS (DELETE FROM catwalk.event WHERE try_on_id = ANY (ARRAY(SELECT id FROM fresh))),
    pictures AS (
      DELETE FROM catwalk.archived_image WHERE try_on_id = ANY (ARRAY(SELECT id FROM fresh))
      RETURNING attempt_id, position, state, thumbnails
    ),
    removals AS (
      INSERT INTO catwalk.picture_removal (key, due_at)
      SELECT 'try-ons/' || right(attempt_id, 2) || '/' || attempt_id || '-' || position,
        clock_timestamp() + CASE WHEN state = 'waiting' THEN ${TRY_MAX_MS} ELSE 0 END * interval '1 millisecond'
      FROM pictures WHERE state <> 'lost'
      UNION ALL
      SELECT 'thumbnails/' || right(attempt_id, 2) || '/' || attempt_id || '-' || position || '-w' || width,
        clock_timestamp() FROM pictures, unnest(thumbnails) AS width
      ON CONFLICT (key) DO NOTHING
    ),
    told AS (
      INSERT INTO catwalk.event (try_on_id, kind, actor, data, at)
      SELECT id, 'try_on.deleted', ${actor}, '{}', clock_timestamp() FROM fresh
    )
    SELECT id FROM locked ORDER BY id`;
  return { deleted: new Set(rows.map((row) => row.id)) };
}
