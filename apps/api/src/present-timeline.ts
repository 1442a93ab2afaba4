import type { TimelineEntry } from '@catwalk/contract';
import type { TimelineRow } from '@catwalk/infra/postgres';
import { cutQuery } from '@catwalk/infra/process';

/** One thing that happened, as clients see it: addresses in it are cut, for they may be signed. */
export function presentTimelineEntry(row: TimelineRow): TimelineEntry {
  const { at, kind, actor, attempt } = row;
  return { at: at.toISOString(), kind, actor, attempt, data: cutDeep(row.data) as Record<string, unknown> };
}

function cutDeep(value: unknown): unknown {
  if (typeof value === 'string') return cutQuery(value);
  if (Array.isArray(value)) return value.map(cutDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, cutDeep(entry)]));
}
