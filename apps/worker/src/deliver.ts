import { setMaxListeners } from 'node:events';
import { createGuardedClient, type GuardedClient } from '@catwalk/infra/outbound';
import {
  type CarriedJob,
  carryDeliveries,
  carryLostDeliveries,
  claimDeliveries,
  countCarriedDeliveries,
  DELIVERIES_LANE,
  type DeliveryOutcome,
  type DisabledEndpoint,
  isPostgresAway,
  releaseDeliveries,
  saveDeliveries,
} from '@catwalk/infra/postgres';
import { createGroupCommit, type GroupCommit, within } from '@catwalk/infra/process';
import type { PulledJob } from '@catwalk/infra/queue';
import type { WorkerContext } from './context.js';
import { POST_TIMEOUT_MS, postDelivery } from './post-delivery.js';
import { tellDelivery } from './tell-delivery.js';
import { type WrittenDelivery, writeDeliveries } from './write-deliveries.js';

/** The rounds of delivering, each for a loop of its own, and what is in flight. */
export interface Deliverer {
  /** Puts into the lane what was carried when its event was published. */
  add(jobs: readonly CarriedJob[]): Promise<void>;
  /** Puts into the lane what is due. */
  carry(): Promise<void>;
  /** Takes out of the lane what is there, and sends it. @returns false when nothing was to be taken */
  send(): Promise<boolean>;
  /** Finds again what was lost on the way: by the lane, or by a worker that died. */
  recover(): Promise<void>;
  /** Waits for what is in flight up to `ms` milliseconds, and breaks the rest off. */
  close(ms: number): Promise<void>;
}

/** What the rounds call for: another one of these. */
interface Wakes {
  readonly carry: () => void;
  readonly send: () => void;
}

/** POSTs of this process that may be in flight: many more than one slow receiver may hold. */
const IN_FLIGHT_MAX = 1_024;
/** So many are claimed, written and sent together at most. */
const CLAIM_MAX = 128;
/** Longer than a POST takes with all that is around it: a worker that says nothing for so long is dead. */
const LEASE_MS = POST_TIMEOUT_MS + 20_000;
/** What was carried before this and is not in the lane is lost. */
const LOST_AFTER_MS = 2_000;
const COMPLETE_WAIT_MS = 1_000;
const DRAIN_MS = 500;
/** Nobody waits for what came of a delivery: what ends in this time is written together. */
const OUTCOMES_REST_MS = 25;
/** An outcome that cannot be written is sent again when its lease is over. */
const SAVE_WAIT_MAX_MS = 20_000;
/** Another process carries, and may not have seen what is due here. */
const CARRY_AGAIN_MS = 10;

export function createDeliverer(context: WorkerContext, wakes: Wakes): Deliverer {
  return new LaneDeliverer(context, wakes);
}

class LaneDeliverer implements Deliverer {
  readonly #context: WorkerContext;
  readonly #wakes: Wakes;
  readonly #client: GuardedClient;
  /** For what configuration names: it may lie in one's own network. */
  readonly #trusting = createGuardedClient({ allowPrivate: true });
  readonly #outcomes: GroupCommit<DeliveryOutcome, void>;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** How many the lane should hold, as far as this process knows. */
  #expected = 0;
  /** More is due to some receiver than may be in flight to it. */
  #isFull = false;

  constructor(context: WorkerContext, wakes: Wakes) {
    this.#context = context;
    this.#wakes = wakes;
    const { allowPrivateAddresses: allowPrivate, ownOrigins } = context.config;
    this.#client = createGuardedClient({ allowPrivate, ownOrigins });
    this.#outcomes = createOutcomes(context, () => this.#isFull && wakes.carry());
    setMaxListeners(0, this.#stop.signal);
  }

  async carry(): Promise<void> {
    const { db } = this.#context;
    const { jobs, taken, full } = await carryDeliveries(db);
    this.#isFull = full;
    if (taken) setTimeout(this.#wakes.carry, CARRY_AGAIN_MS).unref();
    await this.add(jobs);
  }

  async add(jobs: readonly CarriedJob[]): Promise<void> {
    if (jobs.length === 0) return;
    await this.#context.lanes.add(jobs);
    this.#expect(jobs.length);
  }

  #expect(more: number): void {
    this.#expected += more;
    this.#wakes.send();
  }

  async send(): Promise<boolean> {
    const { db, lanes } = this.#context;
    const wanted = Math.min(this.#expected, CLAIM_MAX, IN_FLIGHT_MAX - this.#inFlight.size);
    if (wanted <= 0 || this.#stop.signal.aborted) return false;
    // Before, since more may come meanwhile. Of what is not there nothing is expected any more.
    this.#expected -= wanted;
    const pulled = await lanes.pull(DELIVERIES_LANE, wanted);
    if (pulled.length < wanted) await this.#carryLost();
    if (pulled.length === 0) return true;
    const claims = await claimDeliveries(
      db,
      pulled.map(({ queueId }) => queueId),
      LEASE_MS,
    );
    // It is out of the queue before it is sent: from here on its row alone says that it is under way.
    const [written] = await Promise.all([writeDeliveries(this.#context, claims), complete(pulled)]);
    for (const [claimed, delivery] of written) {
      if (delivery !== null) this.#post(delivery);
      else this.#keep({ claimed, ...GONE }).catch(() => undefined);
    }
    if (this.#expected > 0) this.#wakes.send();
    return true;
  }

  #post(delivery: WrittenDelivery): void {
    const startedAt = performance.now();
    const client = delivery.claimed.kind === 'alert' ? this.#trusting : this.#client;
    const posted = postDelivery(client, delivery, this.#stop.signal)
      .then(async (outcome) => {
        if (outcome === null) return;
        tellDelivery(this.#context.logger, delivery, outcome, performance.now() - startedAt);
        await this.#keep(outcome);
      })
      .catch((err) => this.#tellFailed(err))
      .finally(() => {
        this.#inFlight.delete(posted);
        if (this.#expected > 0) this.#wakes.send();
      });
    this.#inFlight.add(posted);
  }

  async #keep(outcome: DeliveryOutcome): Promise<void> {
    await this.#outcomes.submit(outcome);
  }

  #tellFailed(error: unknown): void {
    this.#context.outages.failed(isPostgresAway(error) ? 'postgres' : 'loop deliver', error);
  }

  async recover(): Promise<void> {
    const { db, logger } = this.#context;
    const released = await releaseDeliveries(db);
    if (released > 0) {
      logger.warn({ deliveries: released }, 'deliveries.released');
      this.#wakes.carry();
    }
    const { count } = await countCarriedDeliveries(db);
    this.#expected = Math.max(this.#expected, count);
    if (this.#expected > 0) this.#wakes.send();
  }

  /** The lane gave less than there should be: it is empty, and what was carried well before this is not in it. */
  async #carryLost(): Promise<void> {
    const { db, logger } = this.#context;
    const { count, oldestMs } = await countCarriedDeliveries(db);
    if (count === 0 || oldestMs < LOST_AFTER_MS) return;
    const lost = await carryLostDeliveries(db, LOST_AFTER_MS);
    if (lost.length === 0) return;
    logger.warn({ lane: DELIVERIES_LANE, jobs: lost.length }, 'lane.recovered');
    await this.add(lost);
  }

  async close(ms: number): Promise<void> {
    await within(ms, Promise.allSettled(this.#inFlight), 'finishing deliveries').catch(() => undefined);
    this.#stop.abort();
    await within(DRAIN_MS, this.#outcomes.drain(), 'writing deliveries').catch(() => undefined);
  }
}

/** What it tells of is kept no more. */
const GONE = {
  verdict: { kind: 'failed', disables: null },
  status: null,
  error: 'what it tells of is kept no more',
  response: null,
} as const;

function createOutcomes(context: WorkerContext, onSaved: () => void): GroupCommit<DeliveryOutcome, void> {
  return createGroupCommit({
    restMs: OUTCOMES_REST_MS,
    sizeOf: ({ response }) => 256 + (response?.length ?? 0),
    maxWaitMs: SAVE_WAIT_MAX_MS,
    flush: async (outcomes: DeliveryOutcome[]) => {
      const disabled = await saveDeliveries(context.db, outcomes);
      for (const endpoint of disabled) tellDisabled(context, endpoint);
      onSaved();
      return outcomes.map(() => undefined);
    },
  });
}

function tellDisabled({ logger }: WorkerContext, { id, client, reason }: DisabledEndpoint): void {
  logger.warn({ endpointId: id, client, reason }, 'webhook-endpoint.disabled');
}

/** One that stays in the queue is refused at its next claim. */
async function complete(pulled: readonly PulledJob[]): Promise<void> {
  const all = Promise.all(pulled.map((job) => job.complete()));
  await within(COMPLETE_WAIT_MS, all, 'completing carried deliveries').catch(() => undefined);
}
