import { createLogger } from '@catwalk/infra/process';
import { eventually } from '@catwalk/testkit';

/** What the simulator has told of one task. */
interface WatchedTask {
  readonly taskId: string;
  readonly replyRef: string;
  readonly acceptedAtMs: number;
  endedAtMs: number | null;
}

/** Follows the simulator's log: when which submit was accepted, and when its task ended. */
export interface ProviderWatch {
  readonly logger: ReturnType<typeof createLogger>;
  /** In the order of their acceptance. */
  readonly tasks: readonly WatchedTask[];
}

export function watchProvider(): ProviderWatch {
  const tasks: WatchedTask[] = [];
  const byId = new Map<string, WatchedTask>();
  const write = (line: string): void => {
    const { msg, taskId, replyRef } = JSON.parse(line);
    if (msg === 'submit.decided' && typeof taskId === 'string') {
      const task = { taskId, replyRef, acceptedAtMs: Date.now(), endedAtMs: null };
      tasks.push(task);
      byId.set(taskId, task);
    }
    const ended = msg === 'task.ended' ? byId.get(taskId) : undefined;
    if (ended !== undefined) ended.endedAtMs = Date.now();
  };
  return { logger: createLogger({ app: 'simulator', level: 'info', destination: { write } }), tasks };
}

/** Waits until so many submits were accepted in all. */
export async function untilTasks({ tasks }: ProviderWatch, count: number): Promise<void> {
  const look = () => {
    if (tasks.length < count) throw new Error(`${tasks.length} of ${count} submits were accepted`);
  };
  await eventually(look, { timeoutMs: 30_000, intervalMs: 10 });
}
