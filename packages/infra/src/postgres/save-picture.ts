import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { EVENTS_CHANNEL } from './tell-events.js';

/** What was kept. */
export interface SavedPicture {
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** Where it was fetched in the end. */
  readonly providerUrl: string;
}

/**
 * Notes that a picture is kept, and tells it of the job once all of its pictures are. The job's status never changes
 * by it. The row of the job is locked first: of two pictures saved at once, one sees the other.
 *
 * @returns `known` when somebody else has saved it meanwhile, as after a lease that ran out; `gone` when the job was
 *   deleted: what was put into the store belongs to nobody
 */
export async function savePicture(
  db: Database,
  picture: { readonly id: bigint; readonly tryOnId: string; readonly attemptId: string },
  saved: SavedPicture,
): Promise<'saved' | 'known' | 'gone'> {
  const [rows] = await db.prisma.$transaction([
    db.prisma.$queryRaw<{ id: bigint }[]>`
      WITH locked AS MATERIALIZED (
        SELECT id FROM catwalk.try_on WHERE id = ${picture.tryOnId} AND deleted_at IS NULL FOR NO KEY UPDATE
      )
      UPDATE catwalk.archived_image SET state = 'saved', error = NULL, archived_at = clock_timestamp(),
        content_type = ${saved.contentType}, bytes = ${saved.bytes}, sha256 = ${saved.sha256},
        width = ${saved.width}, height = ${saved.height}, provider_url = ${saved.providerUrl}
      WHERE id = ${picture.id} AND state = 'waiting'
        AND EXISTS (SELECT FROM locked)
      RETURNING id`,
    db.prisma.$queryRaw(tellArchived(picture)),
  ]);
  return rows.length > 0 ? 'saved' : findOut(db, picture.id);
}

async function findOut(db: Database, id: bigint): Promise<'known' | 'gone'> {
  const known = await db.prisma.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM catwalk.archived_image WHERE id = ${id} AND state <> 'waiting'`;
  if (known.length > 0) return 'known';
  await db.prisma.$executeRaw`DELETE FROM catwalk.archived_image WHERE id = ${id} AND state = 'waiting'`;
  return 'gone';
}

/** Once for each attempt that brought pictures, by the save that was the last. */
function tellArchived({ id, tryOnId, attemptId }: { id: bigint; tryOnId: string; attemptId: string }) {
  return Prisma.sql`
    WITH kept AS (
      SELECT count(*)::int AS pictures, sum(bytes)::float8 AS bytes FROM catwalk.archived_image
      WHERE try_on_id = ${tryOnId}
      HAVING bool_and(state = 'saved') AND bool_or(id = ${id})
        AND NOT EXISTS (SELECT FROM catwalk.event
          WHERE try_on_id = ${tryOnId} AND kind = 'try_on.archived' AND attempt_id = ${attemptId})
    ),
    changed AS (
      UPDATE catwalk.try_on SET updated_at = clock_timestamp()
      WHERE id = ${tryOnId} AND EXISTS (SELECT FROM kept)
      RETURNING client, batch_id
    ),
    noted AS (
      INSERT INTO catwalk.event (try_on_id, attempt_id, kind, actor, data, at)
      SELECT ${tryOnId}, ${attemptId}, 'try_on.archived', 'worker',
        jsonb_build_object('pictures', pictures, 'bytes', bytes), clock_timestamp() FROM kept
    ),
    told AS (
      INSERT INTO catwalk.event_outbox (type, client, try_on_id, batch_id, actor, at)
      SELECT 'try_on.archived', client, ${tryOnId}, batch_id, 'worker', clock_timestamp() FROM changed
      RETURNING id
    )
    SELECT pg_notify(${EVENTS_CHANNEL}, '')::text FROM told`;
}
