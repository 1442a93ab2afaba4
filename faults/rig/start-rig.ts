import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createSimulator, type Simulator } from '@catwalk/simulator';
import { type Client, createClient } from '../../tests/system/create-client.js';
import { findFreePort } from '../../tests/system/redis-server.js';
import { callbackSecret } from '../../tests/system/settings.js';
import { closeOnSignal } from './close-on-signal.js';
import { collectEndings, type Endings } from './collect-endings.js';
import type { Fault, RowSetting } from './fault.js';
import { type Gate, openGate } from './open-gate.js';
import { type CrashingPostgres, crashPostgres } from './restart-postgres.js';
import { createPart, type Part } from './run-part.js';
import { type Ground, startGround } from './start-ground.js';
import { type OwnRedis, startRedis } from './start-redis.js';
import { type ProviderWatch, watchProvider } from './watch-provider.js';

/** The whole system for one row, each app in a process of its own, on a fresh database. */
export interface Rig {
  readonly databaseUrl: string;
  readonly client: Client;
  readonly simulator: Simulator;
  readonly watch: ProviderWatch;
  readonly api: Part;
  readonly webhook: Part;
  readonly workers: readonly [Part, ...Part[]];
  readonly env: Readonly<Record<string, string>>;
  /** Null where BullMQ runs on PostgreSQL. */
  readonly redis: OwnRedis | null;
  /** Only with `ownPostgres`. */
  readonly postgres: CrashingPostgres | null;
  /** Only with `gate`. */
  readonly gate: Gate | null;
  close(): Promise<void>;
}

/** Every wait short, in the proportions of the defaults. */
export const SHORT_WAITS = {
  SUBMIT_TIMEOUT_MS: '2000',
  CALLBACK_GRACE_MS: '2000',
  POLL_INTERVAL_MS: '500',
  UNCONFIRMED_GRACE_MS: '6000',
  JOB_DEADLINE_MS: '40000',
  RESCUE_INTERVAL_MS: '500',
  ACCOUNT_RETRY_MS: '1000',
};

export interface RigPlace {
  readonly ground: Ground;
  /** What the processes write is kept here. */
  readonly folder: string;
}

export async function startRig(fault: Fault, setting: RowSetting, place: RigPlace): Promise<Rig> {
  const endings = collectEndings();
  const close = closeOnSignal(endings.run);
  try {
    return { ...(await startAll(fault, setting, place, endings)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAll(
  fault: Fault,
  setting: RowSetting,
  place: RigPlace,
  endings: Endings,
): Promise<Omit<Rig, 'close'>> {
  mkdirSync(place.folder, { recursive: true });
  const { databaseUrl, postgres } = await prepareDatabase(fault, place.ground, endings);
  const redis = setting.backend === 'redis' ? await startRedis() : null;
  if (redis !== null) endings.add(() => redis.close());
  const watch = watchProvider();
  const simulator = startProvider(fault, setting, watch);
  endings.add(() => simulator.close());
  const { url } = await simulator.start();
  const gate = fault.gate === true ? await openGate(url) : null;
  if (gate !== null) endings.add(() => gate.shut());
  const env = await settingsOf(fault, { databaseUrl, redis, providerUrl: gate?.url ?? url });
  const part = (app: 'api' | 'worker' | 'webhook', name: string = app): Part => {
    const logFile = join(place.folder, `${name}.log`);
    const made = createPart({ app, name, env, preloads: fault.preloads?.[name] ?? [], logFile });
    endings.add(() => made.close());
    return made;
  };
  const workers: [Part, ...Part[]] = [part('worker')];
  for (let n = 2; n <= (fault.workers ?? 1); n += 1) workers.push(part('worker', `worker-${n}`));
  const api = part('api');
  const webhook = part('webhook');
  endings.add(async () => appendFileSync(join(place.folder, 'bill.json'), JSON.stringify(simulator.bill())));
  await Promise.all([api.start(), webhook.start(), ...workers.map((worker) => worker.start())]);
  const client = createClient(`http://127.0.0.1:${env.API_PORT}`);
  return { databaseUrl, client, simulator, watch, api, webhook, workers, env, redis, postgres, gate };
}

async function prepareDatabase(fault: Fault, shared: Ground, endings: Endings) {
  if (fault.ownPostgres !== true) {
    const { url, drop } = await shared.createDatabase();
    endings.add(drop);
    return { databaseUrl: url, postgres: null };
  }
  const ground = await startGround();
  endings.add(() => ground.close());
  const { url } = await ground.createDatabase();
  const postgres = crashPostgres(ground, url);
  endings.add(() => postgres.close());
  return { databaseUrl: url, postgres };
}

function startProvider(fault: Fault, { seed }: RowSetting, watch: ProviderWatch): Simulator {
  const accounts = Array.from({ length: fault.accounts ?? 3 }, (_, n) => ({
    email: `account-${n + 1}@example.com`,
    maxJobs: fault.slotsPerAccount ?? 5,
  }));
  const dials = { delayMs: 300, pictures: 'placeholder' as const, ...fault.dials };
  return createSimulator({ port: 0, seed, accounts, dials, log: watch.logger });
}

async function settingsOf(
  fault: Fault,
  place: { databaseUrl: string; redis: OwnRedis | null; providerUrl: string },
): Promise<Record<string, string>> {
  const webhookPort = String(await findFreePort());
  return {
    MODE: 'sandbox',
    DATABASE_URL: place.databaseUrl,
    ...(place.redis === null ? {} : { REDIS_URL: place.redis.url }),
    USEAPI_BASE_URL: place.providerUrl,
    CALLBACK_SECRET: callbackSecret,
    API_PORT: String(await findFreePort()),
    WEBHOOK_PORT: webhookPort,
    PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${webhookPort}`,
    LOG_LEVEL: 'info',
    ...SHORT_WAITS,
    ...fault.env,
  };
}
