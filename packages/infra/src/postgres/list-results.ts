import { ERROR_CODES } from '@catwalk/core';
import { z } from 'zod';
import { ARCHIVE_OF_SHOWN, archiveColumn, SHOWN_IMAGES } from './archived-images.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

export type ResultStatus = 'succeeded' | 'failed' | 'canceled';

const resultRow = z.object({
  id: z.string(),
  position: z.bigint(),
  line: z.number().nullable(),
  status: z.enum(['succeeded', 'failed', 'canceled']),
  customId: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  humanImage: z.string(),
  dressInput: z.string().nullable(),
  upperInput: z.string().nullable(),
  lowerInput: z.string().nullable(),
  imageCount: z.number(),
  email: z.string().nullable(),
  maxJobs: z.number().nullable(),
  replyUrl: z.string().nullable(),
  replyRef: z.string().nullable(),
  priority: z.number(),
  expiresAt: z.date().nullable(),
  copyInputs: z.boolean(),
  finishedAt: z.date(),
  error: z
    .object({ code: z.enum(ERROR_CODES), message: z.string(), providerMessage: z.string().nullable() })
    .nullable(),
  images: z.array(z.object({ url: z.string() })),
  archive: archiveColumn,
  deletedAt: z.date().nullable(),
  /** The database's clock when the row was read. */
  now: z.date(),
});

/** A job of a batch that has ended, with what it asked for and what came of it. */
export type ResultRow = z.output<typeof resultRow>;

/** What has ended at a place of the order, but not with a wanted status, or is open again: its place alone. */
const placeOnly = z.object({ id: z.null(), position: z.bigint() });

export interface ResultsAsked {
  readonly batchId: string;
  readonly statuses: readonly ResultStatus[];
  /** Only what ended behind this position. */
  readonly after: bigint;
  readonly limit: number;
}

export interface ResultsPage {
  readonly rows: readonly ResultRow[];
  /** Where to go on; null where nothing more has ended yet. */
  readonly next: bigint | null;
}

/**
 * The results of a batch in the order in which they ended. A page is so many places of that order, also where only
 * some of them have a wanted status: each page is a small read, however rare the status is.
 */
export async function listResults(db: Database, asked: ResultsAsked): Promise<ResultsPage> {
  const read = await db.prisma.$queryRaw<unknown[]>(listResultsStatement(asked));
  const places = read.map((row) => z.union([placeOnly, resultRow]).parse(row));
  const next = places.length < asked.limit ? null : (places.at(-1)?.position ?? null);
  return { rows: places.filter((row): row is ResultRow => row.id !== null), next };
}

/** The statement behind it; exported for the test of its plan. */
export function listResultsStatement({ batchId, statuses, after, limit }: ResultsAsked): Prisma.Sql {
  return Prisma.sql`
    SELECT r.position, t.id, t.batch_line AS line, t.status, t.custom_id AS "customId", t.metadata,
      t.human_image AS "humanImage", t.dress_input AS "dressInput", t.upper_input AS "upperInput",
      t.lower_input AS "lowerInput", t.image_count AS "imageCount", t.email, t.max_jobs AS "maxJobs",
      t.reply_url AS "replyUrl", t.reply_ref AS "replyRef", t.priority, t.expires_at AS "expiresAt",
      t.copy_inputs AS "copyInputs",
      coalesce(t.finished_at, t.status_since) AS "finishedAt", t.error, coalesce(i.images, '[]') AS images,
      p.archive, t.deleted_at AS "deletedAt", clock_timestamp() AS now
    FROM (
      SELECT position, try_on_id FROM catwalk.batch_result
      WHERE batch_id = ${batchId} AND position > ${after} ORDER BY position LIMIT ${limit}
    ) r
    LEFT JOIN LATERAL (
      SELECT * FROM catwalk.try_on t WHERE t.id = r.try_on_id AND t.status = ANY (${[...statuses]}::text[])
    ) t ON true
    ${SHOWN_IMAGES}
    ${ARCHIVE_OF_SHOWN}
    ORDER BY r.position`;
}

/**
 * The labels of the jobs of a batch that have ended with one of these statuses, in order; at most so many, and one
 * more where there are more.
 */
export async function listResultLabels(
  db: Database,
  { batchId, statuses, most }: Pick<ResultsAsked, 'batchId' | 'statuses'> & { readonly most: number },
): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ label: string }[]>`
    SELECT DISTINCT label FROM catwalk.batch_result r
    JOIN catwalk.try_on t ON t.id = r.try_on_id AND t.status = ANY (${[...statuses]}::text[])
    CROSS JOIN LATERAL jsonb_object_keys(t.metadata) AS label
    WHERE r.batch_id = ${batchId} ORDER BY label LIMIT ${most + 1}`;
  return rows.map((row) => row.label);
}
