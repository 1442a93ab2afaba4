import { z } from 'zod';
import { Prisma } from './generated/client.js';

/**
 * `i`: the images of job `t` that are shown, of the attempt that succeeded; the current one before another. The state
 * is compared so that no planner takes the index of all attempts that have ended, which looks small while few have.
 */
export const SHOWN_IMAGES = Prisma.sql`
  LEFT JOIN LATERAL (
    SELECT a.id, a.images FROM catwalk.attempt a WHERE a.try_on_id = t.id AND a.state || '' = 'ended_succeeded'
    ORDER BY (a.id = t.current_attempt_id) DESC, a.number DESC LIMIT 1
  ) i ON true`;

/** `p`: how far the archiving of the images in `i` is; null where nobody archives them. */
export const ARCHIVE_OF_SHOWN = Prisma.sql`
  LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('index', p.position, 'state', p.state, 'providerUrl', p.provider_url,
      'contentType', p.content_type, 'bytes', p.bytes, 'sha256', p.sha256, 'width', p.width, 'height', p.height,
      'archivedAt', p.archived_at, 'error', p.error)) AS archive
    FROM catwalk.archived_image p WHERE p.attempt_id = i.id
  ) p ON true`;

const time = z.string().transform((text) => new Date(text));

const archived = z.object({
  index: z.number(),
  state: z.enum(['waiting', 'saved', 'lost']),
  providerUrl: z.string(),
  contentType: z.string().nullable(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  archivedAt: time.nullable(),
  /** Why it is not kept yet, or never will be. */
  error: z.string().nullable(),
});

/** How far the archiving of one image is. */
export type ArchivedImage = z.output<typeof archived>;

/** The column of {@link ARCHIVE_OF_SHOWN}. */
export const archiveColumn = z
  .array(archived)
  .nullable()
  .transform((rows) => rows ?? []);
