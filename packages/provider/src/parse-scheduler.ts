import type { ScheduledTask } from '@catwalk/core';
import { z } from 'zod';
import { cleanText, REFERENCE_LENGTH_MAX } from './clean-text.js';
import { parseJsonExactly } from './parse-json-exactly.js';
import { idOf } from './read-task-id.js';

/** How many tasks an account runs and could still take, as the provider counts them. */
export interface AccountAvailability {
  readonly email: string;
  readonly maxJobs: number | null;
  readonly executing: number | null;
  readonly available: number | null;
}

/** The answer of `GET /v1/kling/scheduler/available`. */
export interface SchedulerAvailability {
  readonly executing: readonly ScheduledTask[];
  readonly available: readonly AccountAvailability[];
}

const text = z.string().min(1).nullable().catch(null);
const count = z.number().int().nonnegative().nullable().catch(null);
const scheduledTask = z.object({ id: z.unknown(), email: text, replyRef: text });
const scheduledTasks = z.array(z.unknown());
const accountAvailability = z.object({
  email: z.string().min(1),
  maxJobs: count,
  executing: count,
  available: count,
});
const schedulerAvailability = z.object({ executing: z.array(z.unknown()), available: z.array(z.unknown()) });

/** Reads the list of running tasks. Entries without an id are skipped; null when it is not a JSON list. */
export function parseScheduler(body: string): ScheduledTask[] | null {
  const parsed = scheduledTasks.safeParse(parseOrNull(body));
  return parsed.success ? tasksOf(parsed.data) : null;
}

/** Reads running tasks and free slots by account; null when either list is missing. */
export function parseSchedulerAvailability(body: string): SchedulerAvailability | null {
  const parsed = schedulerAvailability.safeParse(parseOrNull(body));
  if (!parsed.success) return null;
  const available = parsed.data.available.flatMap((entry) => accountAvailability.safeParse(entry).data ?? []);
  return { executing: tasksOf(parsed.data.executing), available };
}

function tasksOf(entries: readonly unknown[]): ScheduledTask[] {
  return entries.map(taskOf).filter((task) => task !== null);
}

function taskOf(entry: unknown): ScheduledTask | null {
  const fields = scheduledTask.safeParse(entry).data;
  const taskId = idOf(fields?.id);
  if (fields === undefined || taskId === null) return null;
  const replyRef = fields.replyRef === null ? null : cleanText(fields.replyRef, REFERENCE_LENGTH_MAX);
  return { taskId, email: fields.email, replyRef };
}

function parseOrNull(body: string): unknown {
  try {
    return parseJsonExactly(body);
  } catch {
    return null;
  }
}
