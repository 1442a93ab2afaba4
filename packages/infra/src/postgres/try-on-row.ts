import {
  BATCH_PAUSE_REASONS,
  BATCH_STATES,
  ERROR_CODES,
  type Failure,
  JOB_STATUSES,
  REACHED_PROVIDER_STATES,
  type ResultImage,
  type WaitingBatch,
} from '@catwalk/core';
import { z } from 'zod';
import { ARCHIVE_OF_SHOWN, archiveColumn, SHOWN_IMAGES } from './archived-images.js';
import { COPY_LANE } from './copy-lane.js';
import { Prisma } from './generated/client.js';

/** A job as it is shown, with what its attempts say about it. */
export type TryOnRow = z.output<typeof tryOnRow>;

const failure: z.ZodType<Failure> = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  providerStatus: z.number().nullable(),
  providerMessage: z.string().nullable(),
});

const image: z.ZodType<ResultImage> = z.object({
  url: z.string(),
  width: z.number().nullable(),
  height: z.number().nullable(),
});

const time = z.string().transform((text) => new Date(text));

const batch: z.ZodType<WaitingBatch> = z.object({
  state: z.enum(BATCH_STATES),
  stateSince: time,
  pauseReason: z.enum(BATCH_PAUSE_REASONS).nullable(),
  pauseDetail: z.string().nullable(),
  piloting: z.boolean(),
  isPilot: z.boolean(),
});

const tryOnRow = z.object({
  id: z.string(),
  number: z.bigint(),
  client: z.string(),
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
  batchId: z.string().nullable(),
  /** What its batch says about it; null when there is no such batch. */
  batch: batch.nullable(),
  priority: z.number(),
  status: z.enum(JOB_STATUSES),
  statusSince: z.date(),
  dueAt: z.date(),
  inputsChecked: z.boolean(),
  copyInputs: z.boolean(),
  /** Its inputs are being copied: until then it is carried nowhere. */
  isCopying: z.boolean(),
  expiresAt: z.date().nullable(),
  error: failure.nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  finishedAt: z.date().nullable(),
  /** When the first submit that may have reached the provider was sent. */
  submittedAt: z.date().nullable(),
  /** How many submits may have reached the provider. */
  attempts: z.number(),
  account: z.string().nullable(),
  providerTaskId: z.string().nullable(),
  attemptDeadlineAt: z.date().nullable(),
  images: z.array(image),
  archive: archiveColumn,
  /** Since when only its bill is kept: what it asked for is empty. */
  deletedAt: z.date().nullable(),
  /** The database's clock when the row was read. */
  now: z.date(),
});

/** Parses what `selectTryOns` read. */
export function parseTryOnRows(rows: readonly unknown[]): TryOnRow[] {
  return rows.map((row) => tryOnRow.parse(row));
}

/**
 * Reads jobs from a `FROM` source of try_on rows named `t`, with what their attempts say: how many submits
 * may have reached the provider, the current one, and the images of the one that succeeded.
 */
export function selectTryOns(source: Prisma.Sql): Prisma.Sql {
  const reached = [...REACHED_PROVIDER_STATES];
  return Prisma.sql`
    SELECT t.id, t.number, t.client, t.custom_id AS "customId", t.metadata, t.human_image AS "humanImage",
      t.dress_input AS "dressInput", t.upper_input AS "upperInput", t.lower_input AS "lowerInput",
      t.image_count AS "imageCount", t.email, t.max_jobs AS "maxJobs", t.reply_url AS "replyUrl",
      t.reply_ref AS "replyRef", t.batch_id AS "batchId", t.priority, t.status, t.status_since AS "statusSince",
      t.due_at AS "dueAt", t.inputs_checked AS "inputsChecked",
      t.copy_inputs AS "copyInputs", t.status = 'queued' AND t.lane = ${COPY_LANE} AS "isCopying", t.expires_at AS "expiresAt", t.error, t.created_at AS "createdAt",
      t.updated_at AS "updatedAt", t.finished_at AS "finishedAt", s.first_sent_at AS "submittedAt",
      s.attempts, c.account, c.provider_task_id AS "providerTaskId", c.deadline_at AS "attemptDeadlineAt",
      coalesce(i.images, '[]') AS images, p.archive, t.deleted_at AS "deletedAt", b.batch, clock_timestamp() AS now
    ${source}
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS attempts, min(a.sent_at) AS first_sent_at FROM catwalk.attempt a
      WHERE a.try_on_id = t.id AND a.state = ANY (${reached}::text[])
    ) s
    LEFT JOIN LATERAL (
      SELECT json_build_object('state', b.state, 'stateSince', b.state_since, 'pauseReason', b.pause_reason,
        'pauseDetail', b.pause_detail, 'piloting', b.piloting, 'isPilot', t.flow LIKE '% pilot%') AS batch
      -- The limit keeps this from reading the whole table through.
      FROM catwalk.batch b WHERE b.id = t.batch_id LIMIT 1
    ) b ON t.batch_id IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT a.account, a.provider_task_id, a.deadline_at FROM catwalk.attempt a
      WHERE a.id = t.current_attempt_id AND a.state = ANY (${reached}::text[])
    ) c ON true
    ${SHOWN_IMAGES}
    ${ARCHIVE_OF_SHOWN}`;
}
