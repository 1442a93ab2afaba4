import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { EVENTS_CHANNEL } from './tell-events.js';

/** What a try at a picture came to that did not bring it. */
export interface FailedPicture {
  readonly id: bigint;
  readonly tryOnId: string;
  readonly attemptId: string;
  /** Why, in a word. */
  readonly error: string;
  /** Where it is fetched next. */
  readonly providerUrl: string;
}

/**
 * Lets a picture rest until its next try.
 *
 * @param warn it is told of the job that the picture is at risk
 */
export async function postponePicture(
  db: Database,
  failed: FailedPicture,
  { restMs, counts, warn }: { readonly restMs: number; readonly counts: boolean; readonly warn: boolean },
): Promise<void> {
  await db.prisma.$queryRaw`
    WITH changed AS (
      UPDATE catwalk.archived_image SET error = ${failed.error}, provider_url = ${failed.providerUrl},
        tries = tries - ${counts ? 0 : 1}::int, warned = warned OR ${warn}, due_at = clock_timestamp() + ${restMs} * interval '1 millisecond'
      WHERE id = ${failed.id} AND state = 'waiting'
      RETURNING try_on_id, attempt_id, position, error, tries, warned
    )
    ${tell('picture.at_risk', warn)}`;
}

/** Gives a picture up: the job says so, in its image and its timeline. */
export async function losePicture(db: Database, failed: FailedPicture): Promise<void> {
  await db.prisma.$queryRaw`
    WITH locked AS MATERIALIZED (
      SELECT id FROM catwalk.try_on WHERE id = ${failed.tryOnId} FOR NO KEY UPDATE
    ),
    changed AS (
      UPDATE catwalk.archived_image SET state = 'lost', error = ${failed.error}
      WHERE id = ${failed.id} AND state = 'waiting' AND EXISTS (SELECT FROM locked)
      RETURNING try_on_id, attempt_id, position, error, tries
    ),
    told AS (
      UPDATE catwalk.try_on SET updated_at = clock_timestamp() WHERE id = (SELECT try_on_id FROM changed)
    )
    ${tell('picture.lost', true)}`;
}

/** What happened to a picture stands in its job's timeline, and is an event for the operator alone. */
function tell(kind: 'picture.at_risk' | 'picture.lost', isTold: boolean): Prisma.Sql {
  return Prisma.sql`,
    noted AS (
      INSERT INTO catwalk.event (try_on_id, attempt_id, kind, actor, data, at)
      SELECT try_on_id, attempt_id, ${kind}, 'worker',
        jsonb_build_object('index', position, 'reason', error, 'tries', tries), clock_timestamp()
      FROM changed WHERE ${isTold}
    ),
    outside AS (
      INSERT INTO catwalk.event_outbox (type, client, try_on_id, actor, data, at)
      SELECT 'pictures.at_risk', NULL, try_on_id, 'worker',
        jsonb_build_object('index', position, 'reason', error, 'lost', ${kind === 'picture.lost'}::boolean),
        clock_timestamp()
      FROM changed WHERE ${isTold}
      RETURNING id
    )
    SELECT pg_notify(${EVENTS_CHANNEL}, '')::text FROM outside`;
}

/** Gives pictures back whose try was broken off, or not begun: it was none. */
export async function releasePictures(db: Database, ids: readonly bigint[]): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.archived_image SET tries = greatest(tries - 1, 0), due_at = clock_timestamp()
    WHERE id = ANY (${ids}::bigint[]) AND state = 'waiting'`;
}
