import type { TryOnRequest } from './parse-try-on-request.js';

type TaskStatus = 'submitted' | 'processing' | 'succeed' | 'failed';

/** What will happen to a task, drawn at its acceptance and kept, so that a restart changes nothing. */
export type TaskPlan = {
  durationMs: number;
  /** Null: succeeds. Otherwise the reason it fails with. */
  failure: string | null;
  images: number;
  pictures: 'compose' | 'placeholder';
  progress: boolean;
  callback: { lost: boolean; doubled: boolean; early: boolean; reordered: boolean; lateMs: number };
};

export type Task = {
  /** Decimal digits; put on the wire as a bare number. */
  id: string;
  ordinal: number;
  email: string;
  request: TryOnRequest;
  plan: TaskPlan;
  acceptedAt: number;
  status: TaskStatus;
  updatedAt: number;
  message: string;
  /** The final callback went out, or was lost on purpose. */
  called: boolean;
};

export type TaskBook = {
  add(task: Task): void;
  find(id: string): Task | undefined;
  running(): Iterable<Task>;
  /** Every task of one account, newest first. */
  newestFirst(email: string): Iterable<Task>;
  all(): Iterable<Task>;
  ended(task: Task): void;
  clear(): void;
};

/** Beyond this many, the oldest ended tasks are forgotten: an endless sandbox must not eat the machine. */
const tasksMax = 300_000;

export function createTaskBook(): TaskBook {
  const tasks = new Map<string, Task>();
  const running = new Map<string, Task>();
  const byAccount = new Map<string, Task[]>();
  return {
    add(task) {
      tasks.set(task.id, task);
      if (!isFinal(task)) running.set(task.id, task);
      const own = byAccount.get(task.email);
      if (own) own.push(task);
      else byAccount.set(task.email, [task]);
      if (tasks.size > tasksMax) forgetOldest(tasks, byAccount);
    },
    find: (id) => tasks.get(id),
    running: () => running.values(),
    newestFirst: (email) => backwards(byAccount.get(email) ?? []),
    all: () => tasks.values(),
    ended: (task) => void running.delete(task.id),
    clear() {
      tasks.clear();
      running.clear();
      byAccount.clear();
    },
  };
}

export function isFinal(task: Pick<Task, 'status'>): boolean {
  return task.status === 'succeed' || task.status === 'failed';
}

function* backwards(tasks: readonly Task[]): Iterable<Task> {
  for (let index = tasks.length - 1; index >= 0; index -= 1) {
    const task = tasks[index];
    if (task !== undefined) yield task;
  }
}

/** A tenth at a time, so that the cost of rebuilding the lists is spread thin. */
function forgetOldest(tasks: Map<string, Task>, byAccount: Map<string, Task[]>): void {
  let left = tasksMax / 10;
  for (const task of tasks.values()) {
    if (left === 0) break;
    if (isFinal(task)) tasks.delete(task.id);
    left -= 1;
  }
  for (const [email, own] of byAccount) {
    byAccount.set(
      email,
      own.filter((task) => tasks.has(task.id)),
    );
  }
}
