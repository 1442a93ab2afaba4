import { type Attempt, type Budget, decide, type Job, openPurse, type Purse } from '@catwalk/core';
import { IS_HELD } from './held-batches.js';
import { CHECK_IS_ON } from './input-checks.js';
import { KEPT } from './keep-plans.js';
import { lockBudgets, noteReached } from './list-budgets.js';
import { type AccountSlots, listSlots, lockAccounts } from './list-slots.js';
import { type LoadedJob, loadJobs } from './load-jobs.js';
import { makeId } from './make-id.js';
import type { Database, Queryable } from './open-database.js';
import { type JobChange, saveJobs } from './save-jobs.js';
import { SUBMITTED } from './submitted-inputs.js';

/** What the provider is to be asked for. */
export interface SubmitRequest {
  readonly humanImage: string;
  readonly dressInput: string | null;
  readonly upperInput: string | null;
  readonly lowerInput: string | null;
  readonly imageCount: number;
}

/** A job whose attempt is committed, and which may be sent now and only now. */
export interface ClaimedJob {
  readonly jobId: string;
  readonly attemptId: string;
  readonly replyRef: string;
  readonly account: string;
  readonly request: SubmitRequest;
}

export interface Claim {
  readonly claimed: readonly ClaimedJob[];
  /**
   * Could have started, had there been a slot and a budget, had their inputs been checked or were their batch not
   * held: to be put back.
   */
  readonly withoutSlot: readonly string[];
  /** Slots of the accounts that are still free, together. */
  readonly freeLeft: number;
  /** Slots that were free when the claim had its locks, by account. */
  readonly freeFound: ReadonlyMap<string, number>;
  /** When those that could have started were carried, by the queue's job id, `<id>-<carry>`. */
  readonly carriedAt: ReadonlyMap<string, Date>;
  /** Ceilings that held one of the jobs back, and none before it in this day. */
  readonly reached: readonly Budget[];
}

export interface ClaimSettings {
  /** Whose slots are to be filled: one account, or several together. */
  readonly account: string | readonly string[];
  readonly actor: string;
  readonly jobDeadlineMs: number;
  readonly callbackGraceMs: number;
}

/**
 * Starts as many of the jobs as the accounts have free slots, in their order. The slots are counted under the
 * accounts' locks, and images under the locks of the ceilings that apply, so that no number of workers passes a
 * limit, and each attempt with its `replyRef` is committed before anything is sent.
 *
 * Jobs that may not start any more (canceled, taken by another, expired, not due) are left out of both lists.
 */
export async function claimJobs(
  db: Database,
  jobIds: readonly string[],
  settings: ClaimSettings,
): Promise<Claim> {
  return db.prisma.$transaction(async (tx) => {
    const accounts = typeof settings.account === 'string' ? [settings.account] : settings.account;
    await lockAccounts(tx, accounts);
    const slots = await listSlots(tx, accounts);
    const purse = openPurse(await lockBudgets(tx, jobIds));
    const startable = await lockStartable(tx, jobIds, accounts);
    const chosen = choose(jobIds, startable, slots, purse);
    const claimed = chosen.size === 0 ? [] : await start(tx, chosen, startable, settings);
    return {
      claimed,
      withoutSlot: [...startable.keys()].filter((id) => !chosen.has(id)),
      freeLeft: slots.reduce((sum, account) => sum + account.free, 0) - claimed.length,
      freeFound: new Map(slots.map((account) => [account.email, account.free])),
      carriedAt: new Map([...startable].flatMap(([id, job]) => carriageOf(id, job))),
      reached: await noteReached(tx, purse.reached()),
    };
  });
}

/**
 * In the order they were pulled, while there is room; a job also waits for its own `maxJobs`, and for a budget.
 *
 * @returns the account of each that starts, by job
 */
function choose(
  jobIds: readonly string[],
  startable: ReadonlyMap<string, StartableJob>,
  slots: readonly AccountSlots[],
  purse: Purse,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  const rooms: Room[] = slots.map(({ email, open, free }) => ({ email, open, free }));
  for (const id of jobIds) {
    const job = startable.get(id);
    if (job === undefined || job.isHeld || job.mustBeChecked) continue;
    const room = roomFor(job, rooms);
    if (room === undefined || !purse.take({ ...job, imageCount: job.request.imageCount })) continue;
    chosen.set(id, room.email);
    room.open += 1;
    room.free -= 1;
  }
  return chosen;
}

interface Room {
  readonly email: string;
  open: number;
  free: number;
}

/** The emptiest account that may take the job: there its `maxJobs` is reached last. */
function roomFor({ lane, maxJobs }: StartableJob, rooms: readonly Room[]): Room | undefined {
  let best: Room | undefined;
  for (const room of rooms) {
    if (room.free <= 0 || (lane !== '*' && lane !== room.email)) continue;
    if (maxJobs !== null && room.open >= maxJobs) continue;
    if (best === undefined || room.open < best.open) best = room;
  }
  return best;
}

async function start(
  tx: Queryable,
  chosen: ReadonlyMap<string, string>,
  startable: ReadonlyMap<string, StartableJob>,
  settings: ClaimSettings,
): Promise<ClaimedJob[]> {
  const loaded = await loadJobs(tx, { jobIds: [...chosen.keys()], replyRefs: [] });
  const byId = new Map(loaded.jobs.map((entry) => [entry.job.id, entry]));
  const starts = [...chosen].flatMap(([id, account]) => {
    const entry = byId.get(id);
    const request = startable.get(id)?.request;
    return entry === undefined || request === undefined
      ? []
      : [startOne(entry, request, { ...settings, account }, loaded.now)];
  });
  const saved = await saveJobs(
    tx,
    starts.map((one) => one.change),
    [],
  );
  return starts.filter((one) => saved.has(one.claimed.jobId)).map((one) => one.claimed);
}

/** A claim's settings with the one account that a job starts on. */
type StartSettings = ClaimSettings & { readonly account: string };

function startOne(
  entry: LoadedJob,
  request: SubmitRequest,
  settings: StartSettings,
  now: Date,
): { claimed: ClaimedJob; change: JobChange } {
  const attempt = newAttempt(entry.job, request, settings, now);
  const decision = decide(entry.job, { type: 'submission-started', attempt }, now);
  if (decision.kind === 'refused') throw new Error(`a locked queued job may not start: ${decision.reason}`);
  const { job } = entry;
  const facts = decision.facts.map((fact) => ({ ...fact, actor: settings.actor }));
  return {
    claimed: {
      jobId: job.id,
      attemptId: attempt.id,
      replyRef: attempt.replyRef,
      account: attempt.account,
      request,
    },
    change: {
      before: job,
      version: entry.version,
      batchId: entry.batchId,
      job: decision.job,
      attempts: decision.changedAttempts,
      facts,
      exchanges: new Map(),
    },
  };
}

function newAttempt(job: Job, request: SubmitRequest, settings: StartSettings, now: Date): Attempt {
  const id = makeId('att');
  return {
    id,
    number: job.attempts.length + 1,
    replyRef: id,
    account: settings.account,
    state: 'sending',
    stateSince: now,
    providerTaskId: null,
    provisional: false,
    imageCount: request.imageCount,
    imagesBilled: null,
    images: [],
    failure: null,
    sentAt: now,
    answeredAt: null,
    deadlineAt: new Date(now.getTime() + settings.jobDeadlineMs),
    nextCheckAt: new Date(now.getTime() + settings.callbackGraceMs),
    checks: 0,
    listedAt: null,
  };
}

interface StartableJob {
  readonly request: SubmitRequest;
  readonly lane: string;
  readonly client: string;
  readonly batchId: string | null;
  readonly maxJobs: number | null;
  /** Of a batch that is held: carried before that, or while it began. */
  readonly isHeld: boolean;
  /** Carried while nobody looked at inputs, and now somebody does. */
  readonly mustBeChecked: boolean;
  readonly carry: number;
  readonly carriedAt: Date | null;
}

function carriageOf(id: string, { carry, carriedAt }: StartableJob): [string, Date][] {
  return carriedAt === null ? [] : [[`${id}-${carry}`, carriedAt]];
}

/** Locks those of the jobs that may start on the accounts now, and reads what they ask for. */
async function lockStartable(
  tx: Queryable,
  ids: readonly string[],
  accounts: readonly string[],
): Promise<Map<string, StartableJob>> {
  type Row = SubmitRequest & Omit<StartableJob, 'request'> & { readonly id: string };
  const rows = await tx.$queryRaw<Row[]>`${KEPT}
    SELECT t.id, ${SUBMITTED.humanImage} AS "humanImage", ${SUBMITTED.dressInput} AS "dressInput",
      ${SUBMITTED.upperInput} AS "upperInput", ${SUBMITTED.lowerInput} AS "lowerInput", t.image_count AS "imageCount", t.max_jobs AS "maxJobs",
      t.client, t.batch_id AS "batchId", NOT t.inputs_checked AND ${CHECK_IS_ON} AS "mustBeChecked",
      ${IS_HELD} AS "isHeld", t.carry, t.carried_at AS "carriedAt", t.lane
    FROM catwalk.try_on t
    WHERE t.id = ANY(${ids}::text[]) AND t.status = 'queued' AND t.due_at <= clock_timestamp()
      AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp() OR t.submitted_at IS NOT NULL)
      AND t.lane = ANY(${[...accounts, '*']}::text[])
    ORDER BY t.id FOR NO KEY UPDATE OF t`;
  return new Map(
    rows.map(
      ({ id, client, batchId, maxJobs, isHeld, mustBeChecked, carry, carriedAt, lane, ...request }) => [
        id,
        { request, lane, client, batchId, maxJobs, isHeld, mustBeChecked, carry, carriedAt },
      ],
    ),
  );
}
