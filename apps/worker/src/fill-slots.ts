import {
  type AccountSlots,
  type ClaimedJob,
  carriedLanes,
  carryLostAgain,
  claimJobs,
  listSlots,
  putBack,
  UNPINNED_LANE,
} from '@catwalk/infra/postgres';
import type { PulledJob } from '@catwalk/infra/queue';
import { within } from '@catwalk/infra/queue';
import { type ClaimTime, claimTimeNow } from './claim-time.js';
import type { WorkerContext } from './context.js';

/** Jobs carried longer ago than this that a free slot did not find in their lane are lost. */
const LOST_AFTER_MS = 2_000;
const COMPLETE_WAIT_MS = 1_000;

/** A claim that may be sent, and when it was made. */
export interface FreshClaim {
  readonly job: ClaimedJob;
  readonly claimedAt: ClaimTime;
}

/**
 * Gives every free slot a job: pulls from the account's own lane, then from the unpinned one, claims what was
 * pulled, and takes it out of the queue before anything is sent. What a lane should hold but does not is
 * carried again.
 *
 * @param send called for each claim, which is fresh for a few seconds only
 */
export async function fillSlots(context: WorkerContext, send: (claim: FreshClaim) => void): Promise<void> {
  const free = (await listSlots(context.db.prisma)).filter((account) => account.free > 0);
  if (free.length === 0) return;
  const carried = new Set(await carriedLanes(context.db));
  if (carried.size === 0) return;
  const dry = new Set<string>();
  await Promise.all(free.map((account) => fillAccount(context, account, carried, dry, send)));
  await Promise.all([...dry].map((lane) => recoverLane(context, lane)));
}

async function fillAccount(
  context: WorkerContext,
  account: AccountSlots,
  carried: ReadonlySet<string>,
  dry: Set<string>,
  send: (claim: FreshClaim) => void,
): Promise<void> {
  let free = account.free;
  for (const lane of [account.email, UNPINNED_LANE]) {
    if (free <= 0 || !carried.has(lane)) continue;
    const pulled = await context.lanes.pull(lane, free);
    context.outages.worked('queue');
    if (pulled.length === 0) dry.add(lane);
    else free -= await startPulled(context, account, pulled, send);
  }
}

/** @returns how many of the pulled jobs were claimed */
async function startPulled(
  context: WorkerContext,
  account: AccountSlots,
  pulled: readonly PulledJob[],
  send: (claim: FreshClaim) => void,
): Promise<number> {
  const claimedAt = claimTimeNow();
  const ids = pulled.map((job) => job.id);
  const { claimed, withoutSlot } = await claimJobs(context.db, ids, {
    account: account.email,
    actor: 'worker',
    jobDeadlineMs: context.config.waits.jobDeadlineMs,
    callbackGraceMs: context.config.waits.callbackGraceMs,
  });
  await complete(context, pulled);
  for (const job of claimed) send({ job, claimedAt });
  if (withoutSlot.length > 0) await putBack(context.db, withoutSlot);
  return claimed.length;
}

/** A job that stays in the queue is refused at its next claim: not to be completed costs nothing but a pull. */
async function complete(context: WorkerContext, pulled: readonly PulledJob[]): Promise<void> {
  const all = Promise.all(pulled.map((job) => job.complete()));
  await within(COMPLETE_WAIT_MS, all, 'completing carried jobs').catch((error) =>
    context.outages.failed('queue', error),
  );
}

async function recoverLane(context: WorkerContext, lane: string): Promise<void> {
  const lost = await carryLostAgain(context.db, lane, LOST_AFTER_MS);
  if (lost.length === 0) return;
  context.logger.warn(
    { lane: lane === UNPINNED_LANE ? lane : 'account', jobs: lost.length },
    'lane.recovered',
  );
  await context.lanes.add(lost);
}
