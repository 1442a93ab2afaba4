import type { Attempt } from './attempt.js';
import type { Failure } from './failure.js';

/**
 * A job is one try-on that a client asked for.
 *
 * - `queued`: nothing is on its way; it waits for a turn, a slot or a time
 * - `submitting`: its attempt is committed and on the wire
 * - `unconfirmed`: sent, the provider's answer was lost; evidence is being looked for
 * - `processing`: the provider has the task
 * - `succeeded`, `failed`, `canceled`: final; only `failed` may still become `succeeded`
 */
export const JOB_STATUSES = [
  'queued',
  'submitting',
  'unconfirmed',
  'processing',
  'succeeded',
  'failed',
  'canceled',
] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

export const FINAL_STATUSES = ['succeeded', 'failed', 'canceled'] as const;

export interface Job {
  readonly id: string;
  readonly status: JobStatus;
  readonly statusSince: Date;
  readonly currentAttemptId: string | null;
  readonly error: Failure | null;
  /** Not to be submitted before this time. */
  readonly dueAt: Date;
  /** The last retry that a client asked for. */
  readonly retriedAt: Date | null;
  readonly submittedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Since when only its bill is kept: it cannot be done again, and what still comes of it is counted, not kept. */
  readonly deletedAt: Date | null;
  readonly attempts: readonly Attempt[];
}

/** Whether the status is one of the three final ones. */
export function isFinal(status: JobStatus): boolean {
  return (FINAL_STATUSES as readonly JobStatus[]).includes(status);
}
