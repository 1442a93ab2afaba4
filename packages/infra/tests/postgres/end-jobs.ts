import { decide, type JobEvent } from '@catwalk/core';
import { claimSettings } from '@catwalk/testkit';
import { claimJobs, type Database, judgeJobs, makeId } from '../../src/postgres/index.js';

type End = 'succeeded' | 'failed' | 'canceled';

/** Ends queued jobs: those that succeed are claimed and bring one image, others end without a submit. */
export async function endJobs(db: Database, ids: readonly string[], end: End): Promise<void> {
  const attempts = new Map<string, string>();
  if (end === 'succeeded')
    for (const job of (await claimJobs(db, ids, claimSettings)).claimed)
      attempts.set(job.jobId, job.attemptId);
  const changed = await judgeJobs(
    db,
    ids.map((jobId) => ({
      locate: { jobId },
      actor: 'test',
      judge: (job, now) => {
        if (job === null) return { result: false, decision: null };
        const decision = decide(job, eventOf(end, attempts.get(jobId) ?? ''), now);
        return { result: decision.kind === 'changed', decision };
      },
    })),
  );
  if (changed.includes(false)) throw new Error(`a job could not be ${end}`);
}

function eventOf(end: End, attemptId: string): JobEvent {
  if (end === 'canceled') return { type: 'canceled-by-client' };
  if (end === 'failed') return { type: 'account-removed' };
  return succeededEvent(attemptId);
}

export function succeededEvent(attemptId: string): JobEvent {
  const taskId = makeId('evt');
  const images = [{ url: `https://pictures.example/${taskId}.png`, width: 1, height: 1 }];
  return { type: 'attempt', attemptId, event: { type: 'succeeded', taskId, images } };
}
