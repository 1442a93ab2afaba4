import { setTimeout as wait } from 'node:timers/promises';
import { COPY_PATIENCE_MS } from '@catwalk/core';
import { listUncopied, readAccountRooms, releaseCopied } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAlone } from './judge-alone.js';
import { judgeEvent } from './judge-attempt.js';
import { openInputCopies } from './open-input-copies.js';
import { type SortedCopies, sortOutCopies } from './sort-out-copies.js';

/** Copies the inputs of jobs that asked for it, and lets these be carried then. */
export interface InputCopies {
  round(): Promise<void>;
  close(): Promise<void>;
}

/** Rounds are woken by every end of a copy: so long apart at least, and by so many times what one took. */
const REST_MS = 50;
const REST_FACTOR = 4;
const PAGE = 200;
/** So many pages are looked through for addresses that may be asked now, when servers of the first ones are down. */
const PAGES_MAX = 100;

export function createInputCopies(
  context: WorkerContext,
  hooks: { readonly onReleased: () => void; readonly onCopied: () => void },
  patienceMs = COPY_PATIENCE_MS,
): InputCopies {
  const copies = openInputCopies(context, patienceMs, hooks.onCopied);
  const { db, assets } = context;
  let restUntil = 0;
  const page = async (afterId: string): Promise<string | null> => {
    const jobs = await listUncopied(db, afterId, PAGE);
    if (jobs.length === 0) return null;
    const rooms = assets.home === 'provider' ? await readAccountRooms(db) : null;
    const { released, refused, open } = await sortOutCopies(context, jobs, rooms);
    await releaseCopied(db, released);
    if (released.length > 0) hooks.onReleased();
    await refuse(context, refused);
    await copies.begin(open);
    return jobs.length < PAGE || !copies.hasRoom() ? null : (jobs.at(-1)?.id ?? null);
  };
  const round = async () => {
    await wait(Math.max(0, restUntil - performance.now()));
    const startedAt = performance.now();
    let afterId: string | null = '';
    for (let pages = 0; pages < PAGES_MAX && afterId !== null && !context.stopping.aborted; pages += 1)
      afterId = await page(afterId);
    const now = performance.now();
    restUntil = now + Math.max(REST_MS, REST_FACTOR * (now - startedAt));
  };
  return { round, close: () => copies.close() };
}

async function refuse(context: WorkerContext, refused: SortedCopies['refused']): Promise<void> {
  await Promise.all(
    refused.map(({ jobId, message }) =>
      judgeAlone(context, { jobId }, async () => {
        const decision = await judgeEvent(context, jobId, { type: 'input-refused', message });
        context.logger.info({ jobId, message, decision: decision?.kind }, 'inputs.refused');
      }),
    ),
  );
}
