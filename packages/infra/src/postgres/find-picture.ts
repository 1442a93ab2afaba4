import { SHOWN_IMAGES } from './archived-images.js';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** A picture of a job as it is served: of the attempt whose images are shown. */
export type PictureRow = PictureFound & PictureKept;

interface PictureFound {
  readonly tryOnId: string;
  readonly client: string;
  readonly deletedAt: Date | null;
  /** How many images are shown of it. */
  readonly images: number;
}

type PictureKept =
  | {
      readonly state: 'saved';
      readonly id: bigint;
      readonly attemptId: string;
      readonly position: number;
      readonly contentType: string;
      readonly bytes: number;
      readonly sha256: string;
      readonly width: number;
      readonly height: number;
      readonly thumbnails: readonly number[];
    }
  /** `null`: nobody archives it. */
  | { readonly state: 'waiting' | 'lost' | null; readonly error: string | null };

/** The picture at a place of a job's images, if the viewer may see the job; `anyone` came with a signature. */
export async function findPicture(
  db: Database,
  viewer: Viewer | 'anyone',
  { tryOnId, position }: { readonly tryOnId: string; readonly position: number },
): Promise<PictureRow | null> {
  const whose = viewer === null || viewer === 'anyone' ? Prisma.empty : Prisma.sql`AND t.client = ${viewer}`;
  const rows = await db.prisma.$queryRaw<PictureRow[]>`
    SELECT t.id AS "tryOnId", t.client, t.deleted_at AS "deletedAt",
      coalesce(jsonb_array_length(i.images), 0) AS images, p.state, p.error, p.id, p.attempt_id AS "attemptId",
      p.position, p.content_type AS "contentType", p.bytes, p.sha256, p.width, p.height, p.thumbnails
    FROM catwalk.try_on t ${SHOWN_IMAGES}
    LEFT JOIN catwalk.archived_image p ON p.attempt_id = i.id AND p.position = ${position}
    WHERE t.id = ${tryOnId} ${whose}`;
  return rows[0] ?? null;
}

/** Kept of each picture besides the picture itself; more are made anew each time. */
const THUMBNAILS_MAX = 12;

/**
 * Notes that a picture is going to be kept in another width: before it is, so that deleting finds it.
 *
 * @returns false when it is not to be kept: there are enough, or the picture is gone
 */
export async function noteThumbnail(db: Database, id: bigint, width: number): Promise<boolean> {
  const noted = await db.prisma.$executeRaw`
    UPDATE catwalk.archived_image SET thumbnails = array_append(array_remove(thumbnails, ${width}::int), ${width}::int)
    WHERE id = ${id} AND state = 'saved'
      AND (cardinality(thumbnails) < ${THUMBNAILS_MAX} OR ${width}::int = ANY (thumbnails))`;
  return noted > 0;
}
