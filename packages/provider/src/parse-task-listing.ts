import type { ListedTask } from '@catwalk/core';
import { ADDRESS_LENGTH_MAX, cleanText } from './clean-text.js';
import { objectOf, parseJsonObject } from './parse-json-exactly.js';
import { idOf, readTaskId } from './read-task-id.js';

const INPUT_NAMES: ReadonlySet<unknown> = new Set(['humanImage', 'dressInput', 'upperInput', 'lowerInput']);

/** One page of `GET /v1/kling/tasks`. */
export interface TaskListing {
  readonly tasks: readonly ListedTask[];
  /** The page holds as many entries as were asked for, so there may be more before it. */
  readonly full: boolean;
}

/**
 * Reads one page of the listing. Entries without an id are skipped but counted for `full`; null when the
 * envelope `{history: [...]}` cannot be read. An entry's fields stand in `task`, in itself or in its works.
 */
export function parseTaskListing(body: string, pageSize: number): TaskListing | null {
  const history = parseJsonObject(body)?.history;
  if (!Array.isArray(history)) return null;
  const tasks = history.map(taskOf).filter((task) => task !== null);
  return { tasks, full: history.length >= pageSize };
}

function taskOf(entry: unknown): ListedTask | null {
  const fields = objectOf(entry);
  if (fields === null) return null;
  const task = objectOf(fields.task) ?? fields;
  const work = Array.isArray(fields.works) ? objectOf(fields.works[0]) : null;
  const taskId = readTaskId(fields) ?? idOf(work?.taskId);
  if (taskId === null) return null;
  const info = objectOf(task.taskInfo) ?? objectOf(fields.taskInfo) ?? objectOf(work?.taskInfo) ?? {};
  return {
    taskId,
    createdAtMs: timeOf(task.createTime) ?? timeOf(fields.createTime) ?? timeOf(fields.created),
    inputs: inputsOf(info.inputs),
    imageCount: imageCountOf(info.arguments),
  };
}

function inputsOf(inputs: unknown): Record<string, string> {
  const found: [string, string][] = [];
  for (const input of listOf(inputs)) {
    if (typeof input.name !== 'string' || !INPUT_NAMES.has(input.name)) continue;
    if (typeof input.url === 'string') found.push([input.name, cleanText(input.url, ADDRESS_LENGTH_MAX)]);
  }
  return Object.fromEntries(found);
}

function imageCountOf(args: unknown): number | null {
  const value = listOf(args).find((argument) => argument.name === 'imageCount')?.value;
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) ? count : null;
}

/** Milliseconds since 1970, written as a number, as digits or as ISO 8601. */
function timeOf(value: unknown): number | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const timeMs = typeof value === 'string' && !/^\d+$/.test(value) ? Date.parse(value) : Number(value);
  return Number.isFinite(timeMs) && timeMs > 0 ? timeMs : null;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(objectOf).filter((fields) => fields !== null) : [];
}
