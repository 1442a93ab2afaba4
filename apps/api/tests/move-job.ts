import type { Attempt, JobEvent } from '@catwalk/core';
import { type Database, judgeJob, makeId } from '@catwalk/infra/postgres';

/** Does to a job what the worker would. */
export async function happen(database: Database, jobId: string, event: JobEvent): Promise<void> {
  const judged = await judgeJob(database, { jobId, actor: 'worker', event });
  if (judged.kind !== 'changed') throw new Error(`the event was refused: ${JSON.stringify(judged)}`);
}

/** Submits a job to an account, and tells the attempt's id. */
export async function submit(database: Database, jobId: string, number = 1): Promise<string> {
  const id = makeId('att');
  const now = new Date();
  const attempt: Attempt = {
    id,
    number,
    replyRef: makeId('att'),
    account: 'anna@example.com',
    state: 'sending',
    stateSince: now,
    providerTaskId: null,
    provisional: false,
    imageCount: 1,
    imagesBilled: null,
    images: [],
    failure: null,
    sentAt: now,
    answeredAt: null,
    deadlineAt: new Date(now.getTime() + 60_000),
    nextCheckAt: null,
    checks: 0,
    listedAt: null,
  };
  await happen(database, jobId, { type: 'submission-started', attempt });
  return id;
}

/** Brings a job to its images. */
export async function succeed(database: Database, jobId: string, taskId: string): Promise<void> {
  const attemptId = await submit(database, jobId);
  await happen(database, jobId, {
    type: 'attempt',
    attemptId,
    event: { type: 'accepted', taskId, provisional: false },
  });
  const images = [{ url: 'https://cdn.example/result.png?sig=s3cret', width: 768, height: 1024 }];
  await happen(database, jobId, { type: 'attempt', attemptId, event: { type: 'succeeded', taskId, images } });
}

/** Brings a job to a failure of the provider's. */
export async function fail(database: Database, jobId: string): Promise<void> {
  const attemptId = await submit(database, jobId);
  const failure = {
    code: 'content_rejected',
    message: 'The provider rejected the content of the images',
    providerStatus: 500,
    providerMessage: 'nsfw',
  } as const;
  await happen(database, jobId, { type: 'attempt', attemptId, event: { type: 'refused', failure } });
}
