import { type Attempt, isFinal, type Job } from '@catwalk/core';
import { Prisma } from './generated/client.js';
import type { JobChange } from './save-jobs.js';

/** A row of `batch_delta`, without its batch. */
export interface BatchDeltaColumns {
  readonly try_on_id: string;
  readonly was: string | null;
  readonly was_code: string | null;
  readonly ended: string | null;
  readonly code: string | null;
  readonly images_billed: number;
}

/** The part of a save that tells batches what ended of them. Nobody may lock a batch here: rows of their own say it. */
export const BATCH_DELTAS = Prisma.sql`
  deltas AS (
    INSERT INTO catwalk.batch_delta (batch_id, try_on_id, was, was_code, ended, code, images_billed)
    SELECT s.batch_id, n.try_on_id, n.was, n.was_code, n.ended, n.code, n.images_billed
    FROM input, jsonb_to_recordset(doc->'batchDeltas') AS n(ord int, try_on_id text, was text, was_code text,
      ended text, code text, images_billed int)
    JOIN saved s ON s.id = n.try_on_id
    ORDER BY n.ord
  ),`;

/**
 * What a change of a job changes for its batch: one row, or none. A job that has ended as before but has images it
 * had not, such as a canceled one whose task ends well, has ended anew.
 */
export function batchDeltaOf({ batchId, before, job }: JobChange): BatchDeltaColumns[] {
  if (batchId === null) return [];
  const was = endOf(before);
  const ended = endOf(job);
  const billed = sumBilled(job.attempts) - sumBilled(before.attempts);
  const hasEnded =
    was.status !== ended.status ||
    was.code !== ended.code ||
    (ended.status !== null && picturesOf(before) !== picturesOf(job));
  if (!hasEnded && billed === 0) return [];
  const ends = hasEnded
    ? { was: was.status, was_code: was.code, ended: ended.status, code: ended.code }
    : { was: null, was_code: null, ended: null, code: null };
  return [{ try_on_id: job.id, ...ends, images_billed: billed }];
}

function endOf({ status, error }: Job): { readonly status: string | null; readonly code: string | null } {
  return {
    status: isFinal(status) ? status : null,
    code: status === 'failed' ? (error?.code ?? null) : null,
  };
}

function sumBilled(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, attempt) => sum + (attempt.imagesBilled ?? 0), 0);
}

function picturesOf({ attempts }: Job): string {
  const addresses = attempts.filter((attempt) => attempt.state === 'ended_succeeded');
  return JSON.stringify(addresses.map((attempt) => attempt.images.map((image) => image.url)));
}
