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
import { within } from '@catwalk/infra/process';
import type { PulledJob } from '@catwalk/infra/queue';
import { type ClaimTime, claimTimeNow } from './claim-time.js';
import type { WorkerContext } from './context.js';

/** Jobs carried this much before what a free slot found in their lane, or before it found nothing, are lost. */
const LOST_AFTER_MS = 2_000;
const COMPLETE_WAIT_MS = 1_000;

/** A claim that may be sent, and when it was made. */
export interface FreshClaim {
  readonly job: ClaimedJob;
  readonly claimedAt: ClaimTime;
}

/** Lanes that have lost jobs: what was carried long before this job, which was pulled now, or null, before now. */
type LostLanes = Map<string, Date | null>;

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
  const carried = await carriedLanes(context.db);
  if (carried.size === 0) return;
  const lost: LostLanes = new Map();
  await Promise.all(free.map((account) => fillAccount(context, account, carried, lost, send)));
  await Promise.all([...lost].map(([lane, pulledCarriedAt]) => recoverLane(context, lane, pulledCarriedAt)));
}

async function fillAccount(
  context: WorkerContext,
  account: AccountSlots,
  carried: ReadonlyMap<string, Date>,
  lost: LostLanes,
  send: (claim: FreshClaim) => void,
): Promise<void> {
  let free = account.free;
  for (const lane of [account.email, UNPINNED_LANE]) {
    const oldest = carried.get(lane);
    if (oldest === undefined) continue;
    // Again while the lane gave all that was asked for and some of it could not start here.
    for (let asked = free, found = asked; free > 0 && found === asked; ) {
      if (context.stopping.aborted) return;
      asked = free;
      const pulled = await context.lanes.pull(lane, asked);
      found = pulled.length;
      if (found === 0) lost.set(lane, null);
      else free = await startPulled(context, account, { lane, oldest, pulled, lost }, send);
    }
  }
}

interface Pull {
  readonly lane: string;
  /** When the oldest job that the lane should hold was carried. */
  readonly oldest: Date;
  readonly pulled: readonly PulledJob[];
  readonly lost: LostLanes;
}

/** @returns how many slots of the account are still free */
async function startPulled(
  context: WorkerContext,
  account: AccountSlots,
  pull: Pull,
  send: (claim: FreshClaim) => void,
): Promise<number> {
  const claimedAt = claimTimeNow();
  const ids = pull.pulled.map((job) => job.id);
  const claim = await claimJobs(context.db, ids, {
    account: account.email,
    actor: 'worker',
    jobDeadlineMs: context.config.waits.jobDeadlineMs,
    callbackGraceMs: context.config.waits.callbackGraceMs,
  });
  await complete(pull.pulled);
  for (const job of claim.claimed) send({ job, claimedAt });
  if (claim.withoutSlot.length > 0) await putBack(context.db, claim.withoutSlot);
  noteLost(pull, claim.carriedAt);
  return claim.freeLeft;
}

/** A lane is first in, first out: what was carried well before the oldest job it gave is not in it. */
function noteLost({ lane, oldest, pulled, lost }: Pull, carriedAt: ReadonlyMap<string, Date>): void {
  const times = pulled.flatMap(({ queueId }) => carriedAt.get(queueId)?.getTime() ?? []);
  if (times.length === 0 || lost.has(lane)) return;
  const first = Math.min(...times);
  if (oldest.getTime() < first - LOST_AFTER_MS) lost.set(lane, new Date(first));
}

/** A job that stays in the queue is refused at its next claim: not to be completed costs nothing but a pull. */
async function complete(pulled: readonly PulledJob[]): Promise<void> {
  const all = Promise.all(pulled.map((job) => job.complete()));
  await within(COMPLETE_WAIT_MS, all, 'completing carried jobs').catch(() => undefined);
}

async function recoverLane(
  context: WorkerContext,
  lane: string,
  pulledCarriedAt: Date | null,
): Promise<void> {
  const lost = await carryLostAgain(context.db, lane, LOST_AFTER_MS, pulledCarriedAt);
  if (lost.length === 0) return;
  context.logger.warn(
    { lane: lane === UNPINNED_LANE ? lane : 'account', jobs: lost.length },
    'lane.recovered',
  );
  await context.lanes.add(lost);
}
