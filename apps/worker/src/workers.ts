import { keepCallbackSettings, type Listener, listen } from '@catwalk/infra/postgres';
import { reportChecks } from '@catwalk/infra/process';
import { type Carrier, openCarrier, within } from '@catwalk/infra/queue';
import { checkProvider } from './check-provider.js';
import type { WorkerContext } from './context.js';
import { createLoop, type Loop } from './create-loop.js';
import { type FreshClaim, fillSlots } from './fill-slots.js';
import { lookAtTasks } from './look-at-tasks.js';
import { chooseAccounts, refreshAccounts } from './refresh-accounts.js';
import { rescue } from './rescue.js';
import { submitClaim } from './submit-claim.js';
import { tellAlive } from './tell-alive.js';
import { watchCallbacks } from './watch-callbacks.js';
import { watchScheduler } from './watch-scheduler.js';

export interface WorkerApp {
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Behind every notification stands a poll: how long a missed one can hold a free slot up. */
const WAKE_MS = 1_000;
const LOOKS_MS = 1_000;
const ALIVE_MS = 5_000;
const ACCOUNTS_MS = 60_000;
const ACCOUNTS_RETRY_MS = 2_000;
/** Each step of stopping gets this long. A submit cut off here is settled by evidence after the next start. */
const STOP_MS = 2_000;

function bounded(step: Promise<unknown>, doing: string): Promise<unknown> {
  return within(STOP_MS, step, doing).catch(() => undefined);
}

/** The worker: carries, submits, watches and rescues, each in a loop of its own. */
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

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  async start(): Promise<void> {
    const { config, db } = this.#context;
    const callbacks = {
      on: config.publicWebhookUrl !== null,
      graceMs: config.waits.callbackGraceMs,
    };
    await keepCallbackSettings(db, callbacks);
    await chooseAccounts(this.#context);
    const fill = this.#loop('fill', WAKE_MS, () => fillSlots(this.#context, (claim) => this.#send(claim)));
    const carrier = openCarrier(this.#context.db, this.#context.lanes, {
      onCarried: () => fill.wake(),
      onError: (error) => this.#context.outages.failed('carry', error),
    });
    this.#carrier = carrier;
    const wake = () => {
      carrier.wake();
      fill.wake();
    };
    this.#loop('carry', WAKE_MS, async () => carrier.wake());
    const watchMs = Math.min(config.waits.pollIntervalMs, 60_000);
    this.#loop('watch', watchMs, () => watchScheduler(this.#context)).wake();
    this.#loop('looks', Math.min(LOOKS_MS, watchMs), () => lookAtTasks(this.#context));
    this.#loop('callbacks', watchMs, () => watchCallbacks(this.#context));
    this.#loop('rescue', config.waits.rescueIntervalMs, () => rescue(this.#context)).wake();
    if (config.accounts === null)
      this.#loop('accounts', ACCOUNTS_RETRY_MS, () => this.#refreshAccounts(wake)).wake();
    this.#loop('alive', ALIVE_MS, () => tellAlive(this.#context, 4 * ALIVE_MS)).wake();
    this.#listener = listen(config.databaseUrl, wake);
    this.#runInFlight(this.#checkProvider());
    wake();
    this.#context.logger.info({ mode: config.mode, queue: this.#context.lanes.backend }, 'worker.started');
  }

  async close(): Promise<void> {
    this.#context.stop();
    const ending = [
      ...this.#loops.map((loop) => loop.close()),
      this.#carrier?.close(),
      this.#listener?.close(),
    ];
    await bounded(Promise.allSettled(ending), 'ending the loops');
    await bounded(Promise.allSettled(this.#inFlight), 'finishing submits');
    await bounded(this.#context.judge.drain(), 'writing outcomes');
    await this.#context.lanes.close();
    await bounded(this.#context.db.close(), 'closing the database');
    this.#context.logger.info('worker.stopped');
  }

  #send(claim: FreshClaim): void {
    const { logger } = this.#context;
    const submit = submitClaim(this.#context, claim);
    this.#runInFlight(
      submit.catch((err) => logger.error({ err, jobId: claim.job.jobId }, 'try-on.submit-failed')),
    );
  }

  #runInFlight(work: Promise<void>): void {
    const tracked = work.finally(() => this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
  }

  /** Beside the work, which does not wait for a provider that is slow to answer: it only ever warns. */
  async #checkProvider(): Promise<void> {
    const { provider, config, db, logger } = this.#context;
    try {
      reportChecks(logger, await checkProvider(provider, config.accounts, db));
    } catch (err) {
      logger.warn({ err }, 'start-check.failed');
    }
  }

  /** The first list is asked for at once: whose turn it is may be dead. After it, workers take turns. */
  async #refreshAccounts(wake: () => void): Promise<void> {
    if (!(await refreshAccounts(this.#context, this.#hasAccounts ? ACCOUNTS_MS : null))) return;
    this.#hasAccounts = true;
    wake();
  }

  #loop(name: string, everyMs: number, run: () => Promise<void>): Loop {
    const loop = createLoop({
      everyMs,
      run: async () => {
        await run();
        this.#context.outages.worked(name);
      },
      onError: (error) => this.#context.outages.failed(name, error),
    });
    this.#loops.push(loop);
    return loop;
  }
}
