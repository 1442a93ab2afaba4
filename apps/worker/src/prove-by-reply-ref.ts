import { findOverruled, type ScheduledTask } from '@catwalk/core';
import type { WorkerContext } from './context.js';
import { judgeAlone } from './judge-alone.js';
import { judgeAttempt } from './judge-attempt.js';

/**
 * Running tasks that carry a `replyRef` of an attempt that is closed for us prove that our evidence was
 * wrong: the attempt is accepted after all, and where its job waits to be sent again, that is withdrawn. One that
 * was claimed after the open ones were read is proven, too, and nothing was wrong.
 */
export async function proveByReplyRef(
  context: WorkerContext,
  tasks: readonly ScheduledTask[],
): Promise<void> {
  await Promise.all(
    tasks
      .filter(isOurs)
      .map((task) =>
        judgeAlone(context, { replyRef: task.replyRef, by: 'scheduler' }, () => prove(context, task)),
      ),
  );
}

type OurTask = ScheduledTask & { readonly replyRef: string };

function isOurs(task: ScheduledTask): task is OurTask {
  return task.replyRef?.startsWith('att_') === true;
}

async function prove(context: WorkerContext, { taskId, replyRef }: OurTask): Promise<void> {
  const event = { type: 'accepted', taskId, provisional: false, by: 'scheduler' } as const;
  const decision = await judgeAttempt(context, { replyRef }, event);
  if (decision?.kind !== 'changed') return;
  const proof = { jobId: decision.job.id, attemptId: replyRef, by: 'scheduler' };
  const overruled = findOverruled(decision);
  if (overruled === null) context.logger.info(proof, 'attempt.proven');
  else context.logger.warn({ ...proof, overruled }, 'attempt.proven-late');
}
