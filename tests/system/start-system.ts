import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as api from '@catwalk/api';
import { createLogger } from '@catwalk/infra/process';
import { createSimulator, type Simulator, type SimulatorOptions } from '@catwalk/simulator';
import { createDatabase, expectNoConnections } from '@catwalk/testkit';
import * as webhook from '@catwalk/webhook';
import * as worker from '@catwalk/worker';
import { inject } from 'vitest';
import { type Client, createClient } from './create-client.js';
import { deleteQueue } from './delete-queue.js';
import { callbackSecret, fiveAccounts, shortWaits } from './settings.js';

/** The whole system in this process, over real HTTP; the worker may be left to processes of its own. */
export interface System extends Client {
  /** What every part was started with: also for parts that are started beside it. */
  readonly env: Readonly<Record<string, string>>;
  readonly databaseUrl: string;
  readonly simulator: Simulator;
  readonly urls: { readonly api: string; readonly webhook: string; readonly simulator: string };
  /** What every part has logged so far. */
  readonly lines: readonly string[];
  /** Stops every part and drops the database; fails if a part left connections open. */
  close(): Promise<void>;
}

export interface SystemOptions {
  readonly redisUrl?: string | undefined;
  readonly simulator?: SimulatorOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** True: the start-up checks are not made, such as that of the test server's durability in live. */
  readonly checked?: boolean;
  /** False: no worker in this process. */
  readonly worker?: boolean;
  /** Changes the address of the database that was made, such as its password. */
  readonly databaseUrl?: (url: string) => string;
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const stack: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (let stop = stack.pop(); stop !== undefined; stop = stack.pop()) await stop();
  };
  try {
    return { ...(await startParts(options, stack)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Stack = (() => Promise<unknown>)[];

async function startParts(options: SystemOptions, stack: Stack): Promise<Omit<System, 'close'>> {
  const databaseUrl = await makeDatabase(options, stack);
  const simulator = createSimulator({ port: 0, accounts: fiveAccounts, ...options.simulator });
  stack.push(() => simulator.close());
  const simulatorUrl = (await simulator.start()).url;
  const home = await makeHome(stack);
  const settings = { CATWALK_HOME: home, ...settingsOf(options, databaseUrl), USEAPI_BASE_URL: simulatorUrl };
  const lines: string[] = [];
  const logger = (app: string) =>
    createLogger({
      app,
      level: settings.LOG_LEVEL,
      destination: { write: (line) => void lines.push(line) },
    });

  const { checked = false } = options;
  const hooks = await webhook.contextFromConfig(webhook.configFromEnv(settings), {
    logger: logger('webhook'),
    checked,
  });
  const webhookApp = webhook.createWebhook(hooks);
  stack.push(() => webhookApp.close());
  const webhookUrl = (await webhookApp.start()).url;
  const env = { ...settings, PUBLIC_WEBHOOK_URL: webhookUrl };
  if (options.worker !== false) await startWorker(env, { logger: logger('worker'), checked }, stack);

  const apiApp = api.createApi(
    api.contextFromConfig(api.configFromEnv(env), { logger: logger('api'), checked }),
  );
  stack.push(() => apiApp.close());
  const apiUrl = (await apiApp.start()).url;
  const urls = { api: apiUrl, webhook: webhookUrl, simulator: simulatorUrl };
  return { ...createClient(apiUrl), env, databaseUrl, simulator, urls, lines };
}

/** Pictures of one's own: what is kept of them goes when the system does. */
async function makeHome(stack: Stack): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'catwalk-system-'));
  stack.push(() => rm(home, { recursive: true, force: true }));
  return home;
}

async function makeDatabase(options: SystemOptions, stack: Stack): Promise<string> {
  const database = await createDatabase();
  stack.push(() => database.drop());
  stack.push(() => expectNoConnections(inject('catwalkAdminUrl'), database.name));
  const { redisUrl } = options;
  if (redisUrl !== undefined) stack.push(() => deleteQueue(redisUrl, database.url));
  return options.databaseUrl?.(database.url) ?? database.url;
}

function settingsOf(options: SystemOptions, databaseUrl: string) {
  return {
    MODE: 'sandbox',
    DATABASE_URL: databaseUrl,
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
    CALLBACK_SECRET: callbackSecret,
    API_PORT: '0',
    WEBHOOK_PORT: '0',
    LOG_LEVEL: 'info',
    // Pictures are archived where that is what is tested.
    ARCHIVE_URL: 'off',
    ...shortWaits,
    ...options.env,
  };
}

async function startWorker(
  env: Readonly<Record<string, string>>,
  options: { readonly logger: ReturnType<typeof createLogger>; readonly checked: boolean },
  stack: Stack,
): Promise<void> {
  const app = worker.createWorker(await worker.contextFromConfig(worker.configFromEnv(env), options));
  stack.push(() => app.close());
  await app.start();
}
