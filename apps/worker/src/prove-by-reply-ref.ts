import { decide, type ScheduledTask } from '@catwalk/core';
import type { WorkerContext } from './context.js';

/**
 * Running tasks that carry a `replyRef` of an attempt that is closed for us prove that our evidence was
 * wrong: the attempt is accepted after all, and where its job waits to be sent again, that is withdrawn.
 */
export async function proveByReplyRef(
  context: WorkerContext,
  tasks: readonly ScheduledTask[],
): Promise<void> {
  await Promise.all(tasks.flatMap((task) => (isOurs(task) ? [prove(context, task, task.replyRef)] : [])));
}

type OurTask = ScheduledTask & { readonly replyRef: string };

function isOurs(task: ScheduledTask): task is OurTask {
  return task.replyRef?.startsWith('att_') === true;
}

async function prove(context: WorkerContext, task: ScheduledTask, replyRef: string): Promise<void> {
  const decision = await context.judge.submit({
    locate: { replyRef },
    actor: 'worker',
    judge: (job, now) => {
      const attempt = job?.attempts.find((one) => one.replyRef === replyRef);
      if (job === null || attempt === undefined) return { result: null, decision: null };
      const event = { type: 'accepted', taskId: task.taskId, provisional: false } as const;
      const decision = decide(job, { type: 'attempt', attemptId: attempt.id, event }, now);
      return { result: decision, decision };
    },
  });
  if (decision?.kind !== 'changed') return;
  context.logger.warn(
    { jobId: decision.job.id, attemptId: replyRef, by: 'scheduler' },
    'attempt.proven-late',
  );
}
