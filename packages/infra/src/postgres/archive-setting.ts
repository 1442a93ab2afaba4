import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import type { JobChange } from './save-jobs.js';

/** A picture of an attempt that has just succeeded. */
export interface PictureColumns {
  readonly attempt_id: string;
  readonly position: number;
  readonly try_on_id: string;
  readonly provider_url: string;
}

/**
 * The part of a save that notes pictures to be archived. To plan it takes longer than to save a job: most saves have
 * none. Whether there is anybody who archives stands in the database, since whoever records a success need not know.
 */
export const ARCHIVES = Prisma.sql`
  archives AS (
    INSERT INTO catwalk.archived_image (attempt_id, position, try_on_id, provider_url, created_at, due_at)
    SELECT n.attempt_id, n.position, n.try_on_id, n.provider_url, clock_timestamp(), clock_timestamp()
    FROM input, jsonb_to_recordset(doc->'pictures') AS n(attempt_id text, position int, try_on_id text,
      provider_url text)
    WHERE n.try_on_id IN (SELECT id FROM saved)
      AND EXISTS (SELECT FROM catwalk.setting WHERE key = 'archive' AND value = 'on')
    ORDER BY n.attempt_id, n.position
    ON CONFLICT DO NOTHING
  ),`;

/** The pictures that a change brought. Those of a canceled job were paid for too; a deleted one keeps none. */
export function picturesOf({ before, job, attempts }: JobChange): PictureColumns[] {
  if (before.deletedAt !== null) return [];
  const known = new Map(before.attempts.map((attempt) => [attempt.id, attempt.state]));
  return attempts
    .filter(({ id, state }) => state === 'ended_succeeded' && known.get(id) !== 'ended_succeeded')
    .flatMap(({ id, images }) =>
      images.map(({ url }, position) => ({
        attempt_id: id,
        position,
        try_on_id: job.id,
        provider_url: url,
      })),
    );
}

/** Writes whether pictures of results that come from now on are archived. */
export async function keepArchiveSetting(db: Database, on: boolean): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.setting (key, value) VALUES ('archive', ${on ? 'on' : 'off'})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
}
