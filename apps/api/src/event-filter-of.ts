import type { EventStreamQuery } from '@catwalk/contract';
import type { EventFilter } from '@catwalk/infra/postgres';

/** Which events a query asks for: all of what it does not name. */
export function eventFilterOf(query: Pick<EventStreamQuery, 'types' | 'batchId' | 'tryOnId'>): EventFilter {
  const { types = null, batchId = null, tryOnId = null } = query;
  return { types, batchId, tryOnId };
}
