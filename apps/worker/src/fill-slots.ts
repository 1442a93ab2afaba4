import type { Budget } from '@catwalk/core';
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
/** How long an account is left to another worker, half of it more or less: two that met part. */
const LEFT_MS = 250;

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
 * carried again. An account that another worker was quicker to fill is left to that one for a moment, so that
 * many workers share the accounts instead of all running after each slot.
 *
 * @param send called for each claim, which is fresh for a few seconds only
 * @returns what does it once
 */
export function createSlotFiller(
  context: WorkerContext,
  send: (claim: FreshClaim) => void,
): () => Promise<void> {
  const leftUntil = new Map<string, number>();
  const isLeft = ({ email }: AccountSlots) => (leftUntil.get(email) ?? 0) > performance.now();
  return async () => {
    const slots = await listSlots(context.db.prisma);
    // The emptiest pulls first: a job with maxJobs is carried for its sake, and may start nowhere else.
    const free = slots
      .filter((account) => account.free > 0 && !isLeft(account))
      .sort((a, b) => a.open - b.open);
    if (free.length === 0) return;
    const carried = await carriedLanes(context.db);
    if (carried.size === 0) return;
    const lost: LostLanes = new Map();
    const fill = async (account: AccountSlots) => {
      const wasFirst = await fillAccount(context, account, carried, lost, send);
      if (!wasFirst) leftUntil.set(account.email, performance.now() + LEFT_MS * (0.5 + Math.random()));
    };
    await Promise.all(free.map(fill));
    await Promise.all(
      [...lost].map(([lane, pulledCarriedAt]) => recoverLane(context, lane, pulledCarriedAt)),
    );
  };
}

/** @returns false: somebody else took slots that were free a moment ago */
async function fillAccount(
  context: WorkerContext,
  account: AccountSlots,
  carried: ReadonlyMap<string, Date>,
  lost: LostLanes,
  send: (claim: FreshClaim) => void,
): Promise<boolean> {
  let free = account.free;
  for (const lane of [account.email, UNPINNED_LANE]) {
    const oldest = carried.get(lane);
    if (oldest === undefined) continue;
    // Again while the lane gave all that was asked for and some of it could not start here.
    for (let asked = free, found = asked; free > 0 && found === asked; ) {
      if (context.stopping.aborted) return true;
      asked = free;
      const pulled = await context.lanes.pull(lane, asked);
      found = pulled.length;
      if (found === 0) {
        lost.set(lane, null);
        break;
      }
      const { started, left } = await startPulled(context, account, { lane, oldest, pulled, lost }, send);
      if (started + left < free) return false;
      free = left;
    }
  }
  return true;
}

interface Pull {
  readonly lane: string;
  /** When the oldest job that the lane should hold was carried. */
  readonly oldest: Date;
  readonly pulled: readonly PulledJob[];
  readonly lost: LostLanes;
}

/** @returns how many jobs were started, and how many slots of the account are still free */
async function startPulled(
  context: WorkerContext,
  account: AccountSlots,
  pull: Pull,
  send: (claim: FreshClaim) => void,
): Promise<{ started: number; left: number }> {
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
  for (const budget of claim.reached) tellReached(context, budget);
  return { started: claim.claimed.length, left: claim.freeLeft };
}

/** Once per ceiling and day: what it holds back says so by itself. */
function tellReached({ logger }: WorkerContext, { scope, name, limitImages, leftImages }: Budget): void {
  const whose = scope === 'day' ? {} : scope === 'client' ? { client: name } : { batchId: name };
  logger.warn({ scope, ...whose, limitImages, leftImages }, 'budget.reached');
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
