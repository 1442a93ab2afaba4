import type { Budget } from '@catwalk/core';
import {
  type AccountSlots,
  type Claim,
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
import { createLeftAccounts } from './leave-accounts.js';

/** Jobs carried this much before what a free slot found in their lane, or before it found nothing, are lost. */
const LOST_AFTER_MS = 2_000;
const COMPLETE_WAIT_MS = 1_000;
/** Jobs of one claim at most, but for an account that has more slots. */
const CLAIM_MAX = 100;

/** A claim that may be sent, and when it was made. */
export interface FreshClaim {
  readonly job: ClaimedJob;
  readonly claimedAt: ClaimTime;
}

/** Fills slots, and knows whether more jobs would have filled more of them. */
export interface SlotFiller {
  /** Does it once. @returns whether it looked: not while all accounts are left to others */
  fill(): Promise<boolean>;
  /**
   * Whether jobs that come into a lane now are waited for: a round is under way, or the last one left a slot free.
   * Otherwise there is no use in looking: a slot that becomes free says so by itself.
   */
  wantsJobs(): boolean;
}

/** Lanes that have lost jobs: what was carried long before this job, which was pulled now, or null, before now. */
type LostLanes = Map<string, Date | null>;

/**
 * Gives every free slot a job: pulls from the accounts' own lanes, then from the unpinned one, claims what was
 * pulled, for all accounts together, and takes it out of the queue before anything is sent. What a lane should
 * hold but does not is carried again. An account that another worker was quicker to fill is left to that one for
 * a moment, so that many workers share the accounts instead of all running after each slot.
 *
 * @param send called for each claim, which is fresh for a few seconds only
 * @param wake called when it is to be done again: an account is left to others no more
 */
export function createSlotFiller(
  context: WorkerContext,
  send: (claim: FreshClaim) => void,
  wake?: () => void,
): SlotFiller {
  const left = createLeftAccounts(wake);
  let wantsJobs = true;
  const fill = async () => {
    if (left.isAll()) return false;
    wantsJobs = true;
    const [slots, carried] = await Promise.all([listSlots(context.db.prisma), carriedLanes(context.db)]);
    left.look(slots.map(({ email }) => email));
    const free = slots.filter((account) => account.free > 0 && !left.has(account.email));
    const lost: LostLanes = new Map();
    let isFull = free.length === 0 || carried.size > 0;
    for (const group of carried.size === 0 ? [] : groupsOf(free)) {
      const filled = await fillAccounts(context, group, { carried, lost, send });
      isFull &&= filled.isFull;
      for (const { email } of group) left.note(email, !filled.taken.has(email));
    }
    await Promise.all(
      [...lost].map(([lane, pulledCarriedAt]) => recoverLane(context, lane, pulledCarriedAt)),
    );
    wantsJobs = !isFull;
    return true;
  };
  return { fill, wantsJobs: () => wantsJobs };
}

/** The emptiest first, in groups that one claim fills: it is made in a moment, and sent when all of it is made. */
function groupsOf(free: readonly AccountSlots[]): AccountSlots[][] {
  const groups: AccountSlots[][] = [];
  let room = 0;
  for (const account of [...free].sort((a, b) => a.open - b.open)) {
    if (account.free > room || groups.length === 0) {
      groups.push([]);
      room = CLAIM_MAX;
    }
    groups.at(-1)?.push(account);
    room -= account.free;
  }
  return groups;
}

interface Round {
  /** The lanes that should hold jobs, and when the oldest of each was carried. */
  readonly carried: ReadonlyMap<string, Date>;
  readonly lost: LostLanes;
  readonly send: (claim: FreshClaim) => void;
}

interface Filled {
  /** Accounts of which somebody else took slots that were free a moment ago. */
  readonly taken: ReadonlySet<string>;
  /** No slot that was seen is still free. */
  readonly isFull: boolean;
}

async function fillAccounts(
  context: WorkerContext,
  accounts: readonly AccountSlots[],
  round: Round,
): Promise<Filled> {
  const taken = new Set<string>();
  let isFull = true;
  const room = new Map(accounts.map(({ email, free }) => [email, free]));
  const lanes = new Set([...room.keys(), UNPINNED_LANE].filter((lane) => round.carried.has(lane)));
  // Again while a lane gave all that was asked for and some of it could not start here.
  while (room.size > 0 && lanes.size > 0 && !context.stopping.aborted) {
    const pulls = await pullFor(context, room, lanes);
    for (const { lane, asked, jobs } of pulls) {
      if (jobs.length < asked) lanes.delete(lane);
      if (jobs.length === 0) round.lost.set(lane, null);
    }
    if (pulls.length === 0) break;
    if (pulls.every(({ jobs }) => jobs.length === 0)) continue;
    const claim = await claimPulled(context, [...room.keys()], pulls, round);
    for (const [email, expected] of room) {
      const found = claim.freeFound.get(email) ?? 0;
      const started = claim.claimed.filter(({ account }) => account === email).length;
      if (found < expected) taken.add(email);
      if (found < expected && started < found) isFull = false;
      // What became free since the look woke this loop again: its jobs are claimed with those of others.
      if (found < expected || expected <= started) room.delete(email);
      else room.set(email, expected - started);
    }
  }
  return { taken, isFull: isFull && room.size === 0 };
}

interface Pull {
  readonly lane: string;
  readonly asked: number;
  readonly jobs: readonly PulledJob[];
}

/** From each account's own lane first; from the unpinned one what these leave free. */
async function pullFor(
  { lanes: queue }: WorkerContext,
  room: ReadonlyMap<string, number>,
  lanes: ReadonlySet<string>,
): Promise<Pull[]> {
  const pull = async (lane: string, asked: number) => ({ lane, asked, jobs: await queue.pull(lane, asked) });
  const own = [...room].filter(([email]) => lanes.has(email));
  const pulls = await Promise.all(own.map(([email, free]) => pull(email, free)));
  const pulled = pulls.reduce((sum, { jobs }) => sum + jobs.length, 0);
  const left = [...room.values()].reduce((sum, free) => sum + free, 0) - pulled;
  return lanes.has(UNPINNED_LANE) && left > 0 ? [...pulls, await pull(UNPINNED_LANE, left)] : pulls;
}

async function claimPulled(
  context: WorkerContext,
  accounts: readonly string[],
  pulls: readonly Pull[],
  { carried, lost, send }: Round,
): Promise<Claim> {
  const pulled = pulls.flatMap(({ jobs }) => jobs);
  const claimedAt = claimTimeNow();
  const ids = pulled.map((job) => job.id);
  const claim = await claimJobs(context.db, ids, {
    account: accounts,
    actor: 'worker',
    jobDeadlineMs: context.config.waits.jobDeadlineMs,
    callbackGraceMs: context.config.waits.callbackGraceMs,
  });
  await complete(pulled);
  for (const job of claim.claimed) send({ job, claimedAt });
  if (claim.withoutSlot.length > 0) await putBack(context.db, claim.withoutSlot);
  for (const { lane, jobs } of pulls) noteLost(lost, lane, carried.get(lane), jobs, claim.carriedAt);
  for (const budget of claim.reached) tellReached(context, budget);
  return claim;
}

/** Once per ceiling and day: what it holds back says so by itself. */
function tellReached({ logger }: WorkerContext, { scope, name, limitImages, leftImages }: Budget): void {
  const whose = scope === 'day' ? {} : scope === 'client' ? { client: name } : { batchId: name };
  logger.warn({ scope, ...whose, limitImages, leftImages }, 'budget.reached');
}

/** A lane is first in, first out: what was carried well before the oldest job it gave is not in it. */
function noteLost(
  lost: LostLanes,
  lane: string,
  oldest: Date | undefined,
  pulled: readonly PulledJob[],
  carriedAt: ReadonlyMap<string, Date>,
): void {
  const times = pulled.flatMap(({ queueId }) => carriedAt.get(queueId)?.getTime() ?? []);
  if (oldest === undefined || times.length === 0 || lost.has(lane)) return;
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
