import * as api from '@catwalk/api';
import {
  createDatabaseIfMissing,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@catwalk/infra/embedded';
import { type DailyCeilings, migrate } from '@catwalk/infra/postgres';
import { type CheckResult, createLogger, reportChecks, within } from '@catwalk/infra/process';
import { createSimulator, sandboxAccounts } from '@catwalk/simulator';
import * as webhook from '@catwalk/webhook';
import * as worker from '@catwalk/worker';
import type { DestinationStream } from 'pino';
import { checkServers } from './check-servers.js';
import { type Env, type StartConfig, set } from './config.js';
import { giveWay } from './give-way.js';
import type { Home } from './prepare-home.js';

/** Every part, running. */
export interface Parts {
  readonly env: Env;
  readonly databaseUrl: string;
  readonly urls: { readonly api: string; readonly webhook: string; readonly simulator: string | null };
  readonly queue: 'redis' | 'postgres';
  /** How many images may be submitted in a UTC day. */
  readonly ceilings: DailyCeilings;
  readonly adminKeyPath: string | null;
  readonly embedded: EmbeddedPostgres | null;
  /** What the start-up checks of database and queue found. */
  readonly checks: readonly CheckResult[];
}

/** Stops what was started, last first. */
export type Stack = (() => Promise<void>)[];

/** An app stops by itself within 8.5 s; those that do not are left to end with the process. */
const STOP_APPS_MS = 8_600;

/**
 * Starts the parts one after the other: database, webhook app, simulator, worker, API. What was started is
 * pushed on the stack at once, so that a failure half-way can be undone.
 */
export async function startParts(
  config: StartConfig,
  home: Home,
  log: DestinationStream,
  stack: Stack,
): Promise<Parts> {
  const embedded = config.databaseUrl === null ? await startDatabase(home, stack) : null;
  const databaseUrl = config.databaseUrl ?? embedded?.url(DATABASE) ?? '';
  const { env, adminKeyPath } = fillIn(config, home, databaseUrl);
  const level = set(env.LOG_LEVEL) ?? 'info';
  const logger = (app: string) => createLogger({ app, level, destination: log });
  const checks = await checkServers(env);
  reportChecks(logger('start'), checks);
  await migrate(databaseUrl);
  // The provider stops last, and starts when it is known where its callbacks go and where assets lie.
  const providers: { close(): Promise<void> }[] = [];
  stack.push(() => stopTogether(providers));
  const apps: { close(): Promise<void> }[] = [];
  stack.push(() => stopTogether(apps));
  const hooks = await webhook.contextFromConfig(webhookConfig(env), {
    logger: logger('webhook'),
    checked: true,
  });
  const webhookApp = webhook.createWebhook(hooks);
  apps.push(webhookApp);
  const webhookUrl = (await webhookApp.start()).url;
  const isLocal = config.mode === 'sandbox' && set(env.PUBLIC_WEBHOOK_URL) === undefined;
  const reach = isLocal ? { PUBLIC_WEBHOOK_URL: webhookUrl } : {};

  const reachable = { ...env, ...reach };
  const simulator = config.simulate ? await startSimulator(reachable, home, providers) : null;
  const provider = simulator === null ? {} : { USEAPI_BASE_URL: simulator };
  const running = { ...reachable, ...provider };
  const workerContext = await worker.contextFromConfig(worker.configFromEnv(running), {
    logger: logger('worker'),
    checked: true,
  });
  const workerApp = worker.createWorker(workerContext);
  apps.push(workerApp);
  await workerApp.start();

  const apiApp = api.createApi(
    api.contextFromConfig(api.configFromEnv(running), { logger: logger('api'), checked: true }),
  );
  apps.push(apiApp);
  const apiUrl = (await apiApp.start()).url;
  const urls = { api: apiUrl, webhook: webhookUrl, simulator };
  const { ceilings } = workerContext.config;
  const queue = workerContext.lanes.backend;
  return { env, databaseUrl, urls, queue, ceilings, adminKeyPath, embedded, checks };
}

function webhookConfig(env: Env): webhook.WebhookConfig {
  const config = webhook.configFromEnv(env);
  const { port, isDefault } = config.port;
  return isDefault ? { ...config, port: { port: giveWay(port, env), isDefault } } : config;
}

/** All at once: none needs another to stop, and what is on the wire in one gets the time of all. */
async function stopTogether(apps: readonly { close(): Promise<void> }[]): Promise<void> {
  const closing = apps.map((app) => within(STOP_APPS_MS, app.close(), 'stopping an app'));
  await Promise.allSettled(closing);
}

/** The database on the embedded server. */
export const DATABASE = 'catwalk';

async function startDatabase(home: Home, stack: Stack): Promise<EmbeddedPostgres> {
  const embedded = await startEmbeddedPostgres({ folder: home.postgresFolder, onRestart: tellRestart });
  stack.push(() => embedded.stop());
  await createDatabaseIfMissing(embedded.adminUrl, DATABASE);
  return embedded;
}

function tellRestart(trouble: Error | null): void {
  if (trouble === null) console.error('PostgreSQL had ended and runs again');
  else console.error(`PostgreSQL has ended and is tried again each second: ${trouble.message}`);
}

/** The settings that `npm start` makes by itself: the database, a callback secret, and in live an admin key. */
export function fillIn(
  config: StartConfig,
  home: Home,
  databaseUrl: string,
): { env: Env; adminKeyPath: string | null } {
  const { env, mode } = config;
  const hasKeys = set(env.API_KEYS) !== undefined || set(env.ADMIN_KEYS) !== undefined;
  const adminKey = mode === 'live' && !hasKeys ? home.secret('admin-key') : null;
  return {
    adminKeyPath: adminKey?.path ?? null,
    env: {
      ...env,
      DATABASE_URL: databaseUrl,
      CALLBACK_SECRET: set(env.CALLBACK_SECRET) ?? home.secret('callback-secret').value,
      ...(adminKey === null ? {} : { ADMIN_KEYS: `admin:${adminKey.value}` }),
    },
  };
}

async function startSimulator(
  env: Env,
  home: Home,
  providers: { close(): Promise<void> }[],
): Promise<string> {
  const { accounts, allowPrivateAddresses, ownOrigins } = worker.configFromEnv(env);
  const port = set(env.SIMULATOR_PORT);
  const simulator = createSimulator({
    port: port === undefined ? giveWay(4312, env) : Number(port),
    portMayMove: port === undefined,
    seed: home.secret('simulator-seed').value,
    stateFile: home.simulatorStateFile,
    accounts: accounts ?? sandboxAccounts,
    allowPrivateAddresses,
    ownOrigins,
  });
  providers.push(simulator);
  return (await simulator.start()).url;
}
