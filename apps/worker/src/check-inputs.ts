import { setTimeout as wait } from 'node:timers/promises';
import type { InputDepth } from '@catwalk/core';
import { listUnchecked, noteAlive, passInputs } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAlone } from './judge-alone.js';
import { judgeEvent } from './judge-attempt.js';
import { openInputLooks } from './open-input-looks.js';
import { type SortedInputs, sortOutInputs } from './sort-out-inputs.js';

/** Looks at the input images of jobs before they take a slot. */
export interface InputChecks {
  /** Says that somebody looks, so that jobs wait for it. */
  begin(): Promise<void>;
  /** Lets jobs go on or fail as far as their images are known, and begins looks at the others. */
  round(): Promise<void>;
  close(): Promise<void>;
}

/** Rounds are woken by every end of a look: so long apart at least, and by so many times what lining up took. */
const REST_MS = 50;
const REST_FACTOR = 4;
const ALIVE_EVERY_MS = 5_000;
const ALIVE_FOR_MS = 20_000;
/** No job waits longer for its looks, once its turn is near: a slow server delays it, it does not hold it. */
const PATIENCE_MS = 30_000;

export function createInputChecks(
  context: WorkerContext,
  depth: InputDepth,
  hooks: { readonly onPassed: () => void; readonly onLooked: () => void },
): InputChecks {
  const looks = openInputLooks(context, depth, hooks.onLooked);
  /** Since when each job has been near its turn. */
  let seen = new Map<string, number>();
  let aliveAt = Number.NEGATIVE_INFINITY;
  let restUntil = 0;
  const begin = async () => {
    if (performance.now() - aliveAt < ALIVE_EVERY_MS) return;
    await noteAlive(context.db, ['input-check'], ALIVE_FOR_MS);
    aliveAt = performance.now();
  };
  const round = async () => {
    await wait(Math.max(0, restUntil - performance.now()));
    const startedAt = performance.now();
    const jobs = await listUnchecked(context.db);
    const now = performance.now();
    restUntil = now + Math.max(REST_MS, REST_FACTOR * (now - startedAt));
    seen = new Map(jobs.map(({ id }) => [id, seen.get(id) ?? now]));
    const { passed, refused, open } = await sortOutInputs(context.db, jobs, depth);
    const isPatient = ({ jobId }: SortedInputs['open'][0]) => now - (seen.get(jobId) ?? now) < PATIENCE_MS;
    const late = open.filter((one) => !isPatient(one)).map(({ jobId }) => jobId);
    if (passed.length + late.length > 0) {
      await pass(context, passed, late);
      hooks.onPassed();
    }
    await refuse(context, refused);
    await looks.begin(open.filter(isPatient).flatMap(({ wanted }) => wanted));
    await begin();
  };
  return { begin, round, close: () => looks.close() };
}

/** @param late those of which something is still unknown */
async function pass(
  { db, logger }: WorkerContext,
  passed: readonly string[],
  late: readonly string[],
): Promise<void> {
  await passInputs(db, [...passed, ...late]);
  if (late.length > 0) logger.warn({ jobs: late.length }, 'inputs.not-checked');
}

async function refuse(context: WorkerContext, refused: SortedInputs['refused']): Promise<void> {
  await Promise.all(
    refused.map(({ jobId, message }) =>
      judgeAlone(context, { jobId }, async () => {
        const decision = await judgeEvent(context, jobId, { type: 'input-refused', message });
        context.logger.info({ jobId, message, decision: decision?.kind }, 'inputs.refused');
      }),
    ),
  );
}
