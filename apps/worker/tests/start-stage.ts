import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, findTryOn, openDatabase } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { createSimulator, type Simulator, type SimulatorOptions } from '@catwalk/simulator';
import { createDatabase, eventually, expectNoConnections, redisPrefix, runSql } from '@catwalk/testkit';
import * as webhook from '@catwalk/webhook';
import { afterAll, expect, inject } from 'vitest';
import {
  configFromEnv,
  contextFromConfig,
  createWorker,
  type WorkerApp,
  type WorkerConfig,
  type WorkerContext,
} from '../src/index.js';

/** Provider, webhook app and database of one suite; its tests start the workers. */
export interface Stage {
  readonly db: Database;
  readonly simulator: Simulator;
  readonly url: string;
  /** What every worker and the webhook app logged. */
  readonly lines: string[];
  config(more?: StageSettings): WorkerConfig;
  context(more?: StageSettings): Promise<WorkerContext>;
  /** A worker that works until `stopWorkers`, or the end of the suite. */
  startWorker(more?: StageSettings): Promise<WorkerApp>;
  stopWorkers(): Promise<void>;
  /** Forgets all jobs and accounts, and turns every dial back. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

type StageSettings = Readonly<Record<string, string | undefined>>;

/** Every wait of a minute as one of some tenths of a second. */
const shortWaits = {
  SUBMIT_TIMEOUT_MS: '2000',
  CALLBACK_GRACE_MS: '600',
  POLL_INTERVAL_MS: '150',
  UNCONFIRMED_GRACE_MS: '600',
  JOB_DEADLINE_MS: '20000',
  RESCUE_INTERVAL_MS: '150',
  ACCOUNT_RETRY_MS: '400',
};

const secret = 'a-callback-secret-of-tests-0123456789';

/** Call it at the top of a suite: what is left in a Redis is deleted after the file. */
export function createStage(
  redisUrl: string | undefined,
  options: SimulatorOptions = {},
): () => Promise<Stage> {
  const prefix = redisPrefix();
  let made: Promise<Stage> | undefined;
  afterAll(async () => (await made)?.close());
  return () => {
    made ??= startStage(redisUrl, prefix, options);
    return made;
  };
}

async function startStage(
  redisUrl: string | undefined,
  prefix: string,
  options: SimulatorOptions,
): Promise<Stage> {
  const database = await createDatabase();
  const home = await mkdtemp(join(tmpdir(), 'catwalk-stage-'));
  // The keys of an installation begin with `catwalk-` and its id, and so with the prefix that is deleted.
  await runSql(database.url, `INSERT INTO catwalk.setting (key, value) VALUES ('install_id', $1)`, [
    prefix.replace('catwalk-', ''),
  ]);
  const lines: string[] = [];
  const logger = (app: string) =>
    createLogger({ app, level: 'debug', destination: { write: (line) => void lines.push(line) } });
  const simulator = createSimulator({
    port: 0,
    accounts: [{ email: 'anna@example.com', maxJobs: 5 }],
    ...options,
    dials: { delayMs: 60, pictures: 'placeholder', ...options.dials },
  });
  const { url } = await simulator.start();
  const env = {
    MODE: 'sandbox',
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    CALLBACK_SECRET: secret,
    WEBHOOK_PORT: '0',
    USEAPI_BASE_URL: url,
    CATWALK_HOME: home,
    LOG_LEVEL: 'debug',
    // Pictures are archived where that is what is tested.
    ARCHIVE_URL: 'off',
    ...shortWaits,
  };
  const hooks = await webhook.contextFromConfig(webhook.configFromEnv(env), { logger: logger('webhook') });
  const hookApp = webhook.createWebhook(hooks);
  const hookUrl = (await hookApp.start()).url;
  const db = openDatabase({ url: database.url, poolMax: 4 });
  const workers: WorkerApp[] = [];

  const config = (more: StageSettings = {}) =>
    configFromEnv({ ...env, PUBLIC_WEBHOOK_URL: hookUrl, ...more });
  const context = (more: StageSettings = {}) => contextFromConfig(config(more), { logger: logger('worker') });
  const stopWorkers = async () => void (await Promise.all(workers.splice(0).map((worker) => worker.close())));
  return {
    db,
    simulator,
    url,
    lines,
    config,
    context,
    startWorker: async (more = {}) => {
      const worker = createWorker(await context(more));
      workers.push(worker);
      await worker.start();
      return worker;
    },
    stopWorkers,
    reset: async () => {
      await stopWorkers();
      simulator.reset({ dials: true });
      await runSql(
        database.url,
        `TRUNCATE catwalk.try_on, catwalk.attempt, catwalk.event, catwalk.callback, catwalk.account,
           catwalk.provider, catwalk.lease, catwalk.turn, catwalk.pause, catwalk.input_check, catwalk.input_copy, catwalk.asset, catwalk.ceiling, catwalk.batch,
           catwalk.event_outbox, catwalk.published_event, catwalk.webhook_endpoint, catwalk.delivery, catwalk.batch_chunk, catwalk.batch_invalid_line, catwalk.batch_delta, catwalk.batch_result,
           catwalk.archived_image, catwalk.picture_removal`,
      );
    },
    close: async () => {
      await stopWorkers();
      await hookApp.close();
      await simulator.close();
      await db.close();
      await rm(home, { recursive: true, force: true });
      try {
        await expectNoConnections(inject('catwalkAdminUrl'), database.name);
      } finally {
        await database.drop();
      }
    },
  };
}

/** Closes what a context opened that no worker was started on. */
export async function endContext({ lanes, db }: WorkerContext): Promise<void> {
  await Promise.all([lanes.close(), db.close()]);
}

/** A job as a client sees it, with the states of its attempts. */
export async function jobOf(stage: Stage, id: string) {
  const row = await findTryOn(stage.db, null, id);
  if (row === null) throw new Error(`there is no job ${id}`);
  const attempts = await stage.db.prisma.attempt.findMany({
    where: { tryOnId: id },
    orderBy: { number: 'asc' },
  });
  return {
    status: row.status,
    error: row.error,
    account: row.account,
    urls: row.images.map((image) => image.url),
    states: attempts.map((attempt) => attempt.state),
    attempts,
  };
}

/** Waits until all of these jobs have one status, and tells what else they have. */
export async function untilAll(
  stage: Stage,
  ids: readonly string[],
  status: string,
  timeoutMs = 25_000,
): Promise<void> {
  await eventually(
    async () => {
      const rows = await stage.db.prisma.tryOn.groupBy({
        by: ['status'],
        where: { id: { in: [...ids] } },
        _count: { id: true },
      });
      expect(Object.fromEntries(rows.map((row) => [row.status, row._count.id]))).toEqual({
        [status]: ids.length,
      });
    },
    { timeoutMs },
  );
}

/** No submit was billed twice, and the provider was never asked for more than it allows. */
export function expectFairBill(stage: Stage): void {
  const bill = stage.simulator.bill();
  const twice = (counts: Record<string, number>) => Object.entries(counts).filter(([, count]) => count > 1);
  expect([twice(bill.byReplyRef), twice(bill.byInput)]).toEqual([[], []]);
  for (const account of Object.values(bill.accounts))
    expect([account.overLimit, account.rejectedAtLimit]).toEqual([0, 0]);
}
