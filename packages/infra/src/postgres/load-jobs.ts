import { ATTEMPT_STATES, ERROR_CODES, JOB_STATUSES, type Job } from '@catwalk/core';
import { z } from 'zod';
import { KEPT } from './keep-plans.js';
import type { Queryable } from './open-database.js';

/** A job with its attempts as they were read, and the guard for saving it. */
export interface LoadedJob {
  readonly job: Job;
  readonly version: number;
  readonly batchId: string | null;
  readonly replyRefs: readonly string[];
}

export interface LoadedJobs {
  readonly jobs: readonly LoadedJob[];
  /** The database's clock: the only one that judgements use. */
  readonly now: Date;
}

/** Reads jobs with all their attempts, in one statement, by job id or by the replyRef of any attempt. */
export async function loadJobs(
  db: Queryable,
  by: { readonly jobIds: readonly string[]; readonly replyRefs: readonly string[] },
): Promise<LoadedJobs> {
  const rows = await db.$queryRaw<{ now: Date; jobs: string | null }[]>`${KEPT}
    WITH wanted AS MATERIALIZED (
      SELECT unnest(${by.jobIds}::text[]) AS id
      UNION SELECT try_on_id FROM catwalk.attempt WHERE reply_ref = ANY(${by.replyRefs}::text[])
    )
    SELECT clock_timestamp() AS now, (
      SELECT json_agg(json_build_object(
        'id', t.id, 'status', t.status, 'statusSince', t.status_since, 'currentAttemptId', t.current_attempt_id,
        'error', t.error, 'dueAt', t.due_at, 'retriedAt', t.retried_at, 'submittedAt', t.submitted_at,
        'finishedAt', t.finished_at, 'deletedAt', t.deleted_at, 'version', t.version, 'batchId', t.batch_id, 'attempts', (
          SELECT coalesce(json_agg(json_build_object(
            'id', a.id, 'number', a.number, 'replyRef', a.reply_ref, 'account', a.account, 'state', a.state,
            'stateSince', a.state_since, 'providerTaskId', a.provider_task_id, 'provisional', a.provisional,
            'imageCount', a.image_count, 'imagesBilled', a.images_billed, 'images', a.images,
            'failure', a.failure, 'sentAt', a.sent_at, 'answeredAt', a.answered_at, 'deadlineAt', a.deadline_at,
            'nextCheckAt', a.next_check_at, 'checks', a.checks, 'listedAt', a.listed_at
          ) ORDER BY a.number), '[]') FROM catwalk.attempt a WHERE a.try_on_id = t.id)
      ))::text FROM wanted w JOIN catwalk.try_on t ON t.id = w.id
    ) AS jobs`;
  const row = rows[0];
  if (row === undefined) throw new Error('loading jobs answered no row');
  return { now: row.now, jobs: row.jobs === null ? [] : jobRows.parse(JSON.parse(row.jobs)).map(toLoaded) };
}

function toLoaded(row: z.infer<typeof jobRow>): LoadedJob {
  const { version, batchId, ...job } = row;
  return { job, version, batchId, replyRefs: job.attempts.map((attempt) => attempt.replyRef) };
}

const time = z.string().transform((text) => new Date(text));

const failure = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  providerStatus: z.number().nullable(),
  providerMessage: z.string().nullable(),
});

const attemptRow = z.object({
  id: z.string(),
  number: z.number(),
  replyRef: z.string(),
  account: z.string(),
  state: z.enum(ATTEMPT_STATES),
  stateSince: time,
  providerTaskId: z.string().nullable(),
  provisional: z.boolean(),
  imageCount: z.number(),
  imagesBilled: z.number().nullable(),
  images: z.array(z.object({ url: z.string(), width: z.number().nullable(), height: z.number().nullable() })),
  failure: failure.nullable(),
  sentAt: time,
  answeredAt: time.nullable(),
  deadlineAt: time,
  nextCheckAt: time.nullable(),
  checks: z.number(),
  listedAt: time.nullable(),
});

const jobRow = z.object({
  id: z.string(),
  status: z.enum(JOB_STATUSES),
  statusSince: time,
  currentAttemptId: z.string().nullable(),
  error: failure.nullable(),
  dueAt: time,
  retriedAt: time.nullable(),
  submittedAt: time.nullable(),
  finishedAt: time.nullable(),
  deletedAt: time.nullable(),
  version: z.number(),
  batchId: z.string().nullable(),
  attempts: z.array(attemptRow),
});

const jobRows = z.array(jobRow);
