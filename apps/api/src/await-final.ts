import { isFinal } from '@catwalk/core';
import { type Database, readStatuses } from '@catwalk/infra/postgres';

/** Lets requests wait for jobs to end. */
export interface FinalWatch {
  /** Resolves when the job is final, the time is over, or the signal aborts: who wants to know reads it then. */
  wait(id: string, seconds: number, signal: AbortSignal): Promise<void>;
  /** Lets everyone go. */
  close(): void;
}

const POLL_MS = 250;
const IDS_PER_QUERY = 1_000;

/** One poll for all who wait, however many: waiting costs Postgres a query per interval, not per request. */
export function createFinalWatch(database: Database): FinalWatch {
  const waiting = new Map<string, Set<() => void>>();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const schedule = () => {
    if (timer === null && waiting.size > 0) timer = setTimeout(poll, POLL_MS);
  };
  const poll = async () => {
    const ids = [...waiting.keys()];
    for (let from = 0; from < ids.length; from += IDS_PER_QUERY)
      await releaseFinal(database, waiting, ids.slice(from, from + IDS_PER_QUERY));
    timer = null;
    schedule();
  };
  return {
    wait(id, seconds, signal) {
      if (closed || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const release = () => {
          clearTimeout(limit);
          signal.removeEventListener('abort', release);
          leave(waiting, id, release);
          resolve();
        };
        const limit = setTimeout(release, seconds * 1_000);
        signal.addEventListener('abort', release, { once: true });
        waiting.set(id, (waiting.get(id) ?? new Set()).add(release));
        schedule();
      });
    },
    close() {
      closed = true;
      for (const releases of [...waiting.values()]) for (const release of [...releases]) release();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** A database that does not answer makes nobody final: they go when their time is over. */
async function releaseFinal(
  database: Database,
  waiting: Map<string, Set<() => void>>,
  ids: readonly string[],
): Promise<void> {
  const statuses = await readStatuses(database, ids).catch(() => new Map<string, never>());
  for (const [id, status] of statuses)
    if (isFinal(status)) for (const release of [...(waiting.get(id) ?? [])]) release();
}

function leave(waiting: Map<string, Set<() => void>>, id: string, release: () => void): void {
  const releases = waiting.get(id);
  releases?.delete(release);
  if (releases?.size === 0) waiting.delete(id);
}
