import {
  CARRIED,
  type CarriedJob,
  isPostgresAway,
  keepArchiveSetting,
  keepCallbackSettings,
  keepCeilings,
  type Listener,
  listen,
  takeRemovals,
  tidyDeliveries,
} from '@catwalk/infra/postgres';
import { reportChecks, within } from '@catwalk/infra/process';
import { type Carrier, openCarrier, QueueError } from '@catwalk/infra/queue';
import { type Archiver, createArchiver } from './archive-pictures.js';
import { createInputChecks, type InputChecks } from './check-inputs.js';
import { checkProvider } from './check-provider.js';
import type { WorkerContext } from './context.js';
import { createInputCopies, type InputCopies } from './copy-inputs.js';
import { createLoop, type Loop } from './create-loop.js';
import { createDeliverer, type Deliverer } from './deliver.js';
import { dropOverdue } from './drop-overdue.js';
import { createSlotFiller, type FreshClaim } from './fill-slots.js';
import { keepAssets } from './keep-assets.js';
import { createBatchKeeper } from './keep-batches.js';
import { lookAtTasks } from './look-at-tasks.js';
import { chooseAccounts, refreshAccounts } from './refresh-accounts.js';
import { refreshCredits } from './refresh-credits.js';
import { rescue } from './rescue.js';
import { createSequencer } from './sequence-events.js';
import { submitClaim } from './submit-claim.js';
import { createAlertTeller } from './tell-alerts.js';
import { tellAlive } from './tell-alive.js';
import { watchCallbacks } from './watch-callbacks.js';
import { watchScheduler } from './watch-scheduler.js';

export interface WorkerApp {
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Behind every notification stands a poll: how long a missed one can hold a free slot up. */
const WAKE_MS = 1_000;
/** Slots that become free in this time after a round are filled together. */
const FILL_REST_MS = 4;
const LOOKS_MS = 1_000;
/** Each end of a job wakes: what ended of batches is counted together. */
const BATCHES_REST_MS = 200;
/** Pictures that come within this time after a round are leased together. */
const ARCHIVE_REST_MS = 5;
const REMOVALS_MS = 2_000;
const REMOVALS_AT_ONCE = 200;
const RETENTION_MS = 60_000;
const ALIVE_MS = 5_000;
const ACCOUNTS_MS = 60_000;
const ACCOUNTS_RETRY_MS = 2_000;
const ASSETS_MS = 60_000;
const CREDITS_MS = 300_000;
const CREDITS_DUE_MS = 10_000;
const TIDY_MS = 2_000;
/** Events, and deliveries, of so short a time share their statements: each costs more than what is in it. */
const EVENTS_REST_MS = 10;
const DELIVER_REST_MS = 5;
const ALERTS_REST_MS = 200;
/**
 * What stopping takes at most, 8.5 s in all. Nearly all of it is for submits on the wire: one that is cut off
 * is settled by evidence after the next start, which takes minutes.
 */
const END_LOOPS_MS = 2_000;
const SUBMITS_MS = 7_000;
const DRAIN_MS = 500;
const CLOSE_MS = 1_000;

function bounded(ms: number, step: Promise<unknown>, doing: string): Promise<unknown> {
  return within(ms, step, doing).catch(() => undefined);
}

/** The worker: looks at inputs and copies them, carries, submits, watches, rescues, keeps batches and delivers events, each in a loop of its own. */
export function createWorker(context: WorkerContext): WorkerApp {
  return new Worker(context);
}

class Worker implements WorkerApp {
  readonly #context: WorkerContext;
  readonly #inFlight = new Set<Promise<void>>();
  #loops: Loop[] = [];
  #hasAccounts = false;
  #carrier: Carrier | undefined;
  #listener: Listener | undefined;
  #inputChecks: InputChecks | undefined;
  #inputCopies: InputCopies | undefined;
  #deliverer: Deliverer | undefined;
  #archiver: Archiver | undefined;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  async start(): Promise<void> {
    const { config, db } = this.#context;
    const callbacks = {
      on: config.publicWebhookUrl !== null,
      graceMs: config.waits.callbackGraceMs,
    };
    if (config.archive.on) await this.#context.pictures.check();
    await keepArchiveSetting(db, config.archive.on);
    await keepCallbackSettings(db, callbacks);
    await chooseAccounts(this.#context);
    await keepCeilings(db, config.ceilings);
    const filler = createSlotFiller(
      this.#context,
      (claim) => this.#send(claim),
      () => fill.wake(),
    );
    const fill = this.#loop('fill', WAKE_MS, () => filler.fill(), FILL_REST_MS);
    const carried = () => {
      if (filler.wantsJobs()) fill.wake();
    };
    const carrier = openCarrier(this.#context.db, this.#context.lanes, {
      onCarried: carried,
      onWorked: () => this.#tellWorked('carry'),
      onError: (error) => this.#tellFailed('carry', error),
    });
    this.#carrier = carrier;
    const inputs = await this.#startInputChecks(() => carrier.wake());
    const copies = this.#startInputCopies(() => carrier.wake());
    const batches = this.#loop(
      'batches',
      WAKE_MS,
      createBatchKeeper(this.#context, () => batches.wake()),
      BATCHES_REST_MS,
    );
    const archive = this.#startArchive();
    const sequence = this.#loop(
      'events',
      WAKE_MS,
      createSequencer(this.#context, {
        more: () => sequence.wake(),
        published: () => deliveries.published(),
        carried: (jobs, isFull) => deliveries.add(jobs, isFull),
      }),
      EVENTS_REST_MS,
    );
    const deliveries = this.#startDeliveries();
    const wake = () => {
      archive?.wake();
      batches.wake();
      inputs?.wake();
      copies.wake();
      carrier.wake();
      fill.wake();
    };
    // The carrier tells of its rounds itself: to have woken it says nothing.
    this.#loops.push(
      createLoop({ everyMs: WAKE_MS, run: async () => carrier.wake(), onError: () => undefined }),
    );
    const watchMs = Math.min(config.waits.pollIntervalMs, 60_000);
    this.#loop('watch', watchMs, () => watchScheduler(this.#context)).wake();
    this.#loop('looks', Math.min(LOOKS_MS, watchMs), () => lookAtTasks(this.#context));
    this.#loop('callbacks', watchMs, () => watchCallbacks(this.#context));
    this.#loop('rescue', config.waits.rescueIntervalMs, () => rescue(this.#context)).wake();
    if (config.accounts === null)
      this.#loop('accounts', ACCOUNTS_RETRY_MS, () => this.#refreshAccounts(wake)).wake();
    this.#loop('assets', ASSETS_MS, () => keepAssets(this.#context));
    this.#loop('credits', CREDITS_DUE_MS, () => refreshCredits(this.#context, CREDITS_MS));
    this.#startRemovals();
    this.#loop('alive', ALIVE_MS, () => tellAlive(this.#context, 4 * ALIVE_MS)).wake();
    // What was carried wants slots, if any are free, and no other round of the carriers.
    this.#listener = listen(config.databaseUrl, {
      catwalk_work: (what) => (what === CARRIED ? carried() : wake()),
      catwalk_events: () => sequence.wake(),
      catwalk_deliveries: () => deliveries.wake(),
    });
    void this.#checkProvider();
    wake();
    this.#context.logger.info({ mode: config.mode, queue: this.#context.lanes.backend }, 'worker.started');
  }

  async close(): Promise<void> {
    const stoppingAt = performance.now();
    this.#context.stop();
    const ending = [
      ...this.#loops.map((loop) => loop.close()),
      this.#carrier?.close(),
      this.#listener?.close(),
      this.#inputChecks?.close(),
      this.#inputCopies?.close(),
      this.#archiver?.close(),
    ];
    const { lanes, db, judge, pictures } = this.#context;
    await bounded(END_LOOPS_MS, Promise.allSettled(ending), 'ending the loops');
    const leftMs = Math.max(0, stoppingAt + SUBMITS_MS - performance.now());
    await Promise.all([
      bounded(leftMs, Promise.allSettled(this.#inFlight), 'finishing submits'),
      this.#deliverer?.close(leftMs),
    ]);
    await bounded(DRAIN_MS, judge.drain(), 'writing outcomes');
    await bounded(
      CLOSE_MS,
      Promise.allSettled([lanes.close(), db.close(), pictures.close()]),
      'closing queue and database',
    );
    this.#context.logger.info('worker.stopped');
  }

  /** Says that it looks before anything is carried: what was carried before that is put back by the claim. */
  async #startInputChecks(onPassed: () => void): Promise<Loop | undefined> {
    const { inputCheck } = this.#context.config;
    if (inputCheck === 'off') return undefined;
    const checks = createInputChecks(this.#context, inputCheck, { onPassed, onLooked: () => loop.wake() });
    this.#inputChecks = checks;
    await checks.begin();
    const loop = this.#loop('inputs', WAKE_MS, () => checks.round());
    return loop;
  }

  #startInputCopies(onReleased: () => void): Loop {
    const copies = createInputCopies(this.#context, { onReleased, onCopied: () => loop.wake() });
    this.#inputCopies = copies;
    const loop = this.#loop('copies', WAKE_MS, () => copies.round());
    return loop;
  }

  /** Each loop wakes the next by itself: an event is sent without a poll in between. */
  #startDeliveries(): {
    wake(): void;
    published(): void;
    add(jobs: readonly CarriedJob[], isFull: boolean): Promise<void>;
  } {
    const { config } = this.#context;
    const deliverer = createDeliverer(this.#context, { carry: () => carry.wake(), send: () => send.wake() });
    this.#deliverer = deliverer;
    const carry = this.#loop('carry deliveries', WAKE_MS, () => deliverer.carry());
    const send = this.#loop('deliver', WAKE_MS, () => deliverer.send(), DELIVER_REST_MS);
    this.#loop('recover deliveries', WAKE_MS, () => deliverer.recover());
    const tidy = this.#loop('tidy deliveries', TIDY_MS, async () => {
      if (await tidyDeliveries(this.#context.db)) tidy.wake();
    });
    const alerts =
      config.alertUrl === null
        ? undefined
        : this.#loop(
            'alerts',
            WAKE_MS,
            createAlertTeller(this.#context, { again: () => alerts?.wake(), made: () => carry.wake() }),
            ALERTS_REST_MS,
          );
    alerts?.wake();
    return {
      wake: () => carry.wake(),
      published: () => alerts?.wake(),
      add: async (jobs, isFull) => {
        if (isFull) carry.wake();
        await deliverer.add(jobs);
      },
    };
  }

  #startArchive(): Loop | undefined {
    if (!this.#context.config.archive.on) return undefined;
    const archiver = createArchiver(this.#context, () => loop.wake());
    this.#archiver = archiver;
    const loop = this.#loop('archive', WAKE_MS, () => archiver.round(), ARCHIVE_REST_MS);
    return loop;
  }

  /** What was deleted leaves the store also where nothing is archived any more. */
  #startRemovals(): void {
    const { db, pictures, config } = this.#context;
    const removals = this.#loop('removals', REMOVALS_MS, async () => {
      const removed = await takeRemovals(db, REMOVALS_AT_ONCE, (keys) => pictures.remove(keys));
      if (removed === REMOVALS_AT_ONCE) removals.wake();
    });
    const { retentionDays } = config;
    if (retentionDays === null) return;
    this.#loop('retention', RETENTION_MS, () => dropOverdue(this.#context, retentionDays)).wake();
  }

  #send(claim: FreshClaim): void {
    const { logger } = this.#context;
    const submit = submitClaim(this.#context, claim);
    const tracked = submit
      .catch((err) => logger.error({ err, jobId: claim.job.jobId }, 'try-on.submit-failed'))
      .finally(() => this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
  }

  /** Beside the work, which does not wait for a provider that is slow to answer: it only ever warns. */
  async #checkProvider(): Promise<void> {
    const { provider, config, db, logger, stopping } = this.#context;
    try {
      reportChecks(logger, await checkProvider(provider, config.accounts, db));
    } catch (err) {
      if (!stopping.aborted) logger.warn({ err }, 'start-check.failed');
    }
  }

  /** The first list is asked for at once: whose turn it is may be dead. After it, workers take turns. */
  async #refreshAccounts(wake: () => void): Promise<void> {
    if (!(await refreshAccounts(this.#context, this.#hasAccounts ? ACCOUNTS_MS : null))) return;
    this.#hasAccounts = true;
    wake();
  }

  /** @param run tells by `false` that it did not look: such a round says nothing of what it needs */
  #loop(name: string, everyMs: number, run: () => Promise<unknown>, restMs = 0): Loop {
    const loop = createLoop({
      everyMs,
      restMs,
      run: async () => {
        if ((await run()) !== false) this.#tellWorked(name);
      },
      onError: (error) => this.#tellFailed(name, error),
    });
    this.#loops.push(loop);
    return loop;
  }

  /** There is no round that Postgres has no part in. */
  #tellWorked(name: string): void {
    const { outages } = this.#context;
    outages.worked('postgres');
    outages.worked(`loop ${name}`);
  }

  /** Named by what is out, so that one outage is one however many loops it stops. The lanes tell for themselves. */
  #tellFailed(name: string, error: unknown): void {
    if (error instanceof QueueError) return;
    this.#context.outages.failed(isPostgresAway(error) ? 'postgres' : `loop ${name}`, error);
  }
}
