import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createSimulator, type Simulator } from '@catwalk/simulator';
import { openWire, type Wire } from '@catwalk/testkit';
import { type Client, createClient } from '../../tests/system/create-client.js';
import { findFreePort } from '../../tests/system/redis-server.js';
import { callbackSecret } from '../../tests/system/settings.js';
import { closeOnSignal } from './close-on-signal.js';
import { collectEndings, type Endings } from './collect-endings.js';
import type { Fault, RowSetting, WireEnd } from './fault.js';
import { mountDisk, type SmallDisk } from './mount-disk.js';
import { type CrashingPostgres, crashPostgres } from './restart-postgres.js';
import { createPart, type Part, type PartApp } from './run-part.js';
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
  /** Only with `ownPostgres` on a small disk. */
  readonly disk: SmallDisk | null;
  /** One that the row asked for. */
  wire(end: WireEnd): Wire;
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

/** Every wait as it is by default: an empty setting counts as none. */
export const DEFAULT_WAITS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(SHORT_WAITS).map((name) => [name, '']),
);

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
  const { databaseUrl, postgres, disk } = await prepareDatabase(fault, place.ground, endings);
  const redis = setting.backend === 'redis' ? await startRedis() : null;
  if (redis !== null) endings.add(() => redis.close());
  const watch = watchProvider();
  const simulator = startProvider(fault, setting, watch);
  endings.add(() => simulator.close());
  const { url } = await simulator.start();
  const ends = { postgres: databaseUrl, redis: redis?.url, provider: url };
  const wires = new Map<WireEnd, Wire>();
  for (const end of fault.wires ?? []) {
    const target = ends[end];
    if (target === undefined) continue;
    const wire = await openWire(target);
    endings.add(() => wire.close());
    wires.set(end, wire);
    ends[end] = wire.url;
  }
  const env = await settingsOf(fault, ends);
  const part = (app: PartApp, name: string = app): Part => {
    const logFile = join(place.folder, `${name}.log`);
    const made = createPart({ app, name, env, preloads: fault.preloads?.[name] ?? [], logFile });
    endings.add(() => made.close());
    return made;
  };
  const workers: [Part, ...Part[]] = [part('worker')];
  for (let n = 2; n <= (fault.workers ?? 1); n += 1) workers.push(part('worker', `worker-${n}`));
  const together = setting.doorsTogether === true;
  const api = part(together ? 'doors' : 'api');
  const webhook = together ? api : part('webhook');
  endings.add(async () => appendFileSync(join(place.folder, 'bill.json'), JSON.stringify(simulator.bill())));
  await Promise.all([...new Set([api, webhook, ...workers])].map((one) => one.start()));
  const client = createClient(`http://127.0.0.1:${env.API_PORT}`);
  const wireTo = (end: WireEnd) => wires.get(end) ?? fail(`no wire leads to ${end}`);
  const parts = { api, webhook, workers };
  return { databaseUrl, client, simulator, watch, ...parts, env, redis, postgres, disk, wire: wireTo };
}

async function prepareDatabase(fault: Fault, shared: Ground, endings: Endings) {
  if (fault.ownPostgres === undefined || fault.ownPostgres === false) {
    const { url, drop } = await shared.createDatabase();
    endings.add(drop);
    return { databaseUrl: url, postgres: null, disk: null };
  }
  const disk = fault.ownPostgres === 'small-disk' ? mountDisk() : null;
  if (disk !== null) endings.add(async () => disk.unmount());
  const ground = await startGround(disk?.folder);
  endings.add(() => ground.close());
  const { url } = await ground.createDatabase();
  const postgres = crashPostgres(ground, url);
  endings.add(() => postgres.close());
  return { databaseUrl: url, postgres, disk };
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
  ends: { readonly postgres: string; readonly redis: string | undefined; readonly provider: string },
): Promise<Record<string, string>> {
  const webhookPort = String(await findFreePort());
  return {
    MODE: 'sandbox',
    DATABASE_URL: ends.postgres,
    ...(ends.redis === undefined ? {} : { REDIS_URL: ends.redis }),
    USEAPI_BASE_URL: ends.provider,
    CALLBACK_SECRET: callbackSecret,
    API_PORT: String(await findFreePort()),
    WEBHOOK_PORT: webhookPort,
    PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${webhookPort}`,
    LOG_LEVEL: 'info',
    ARCHIVE_URL: 'off',
    ...SHORT_WAITS,
    ...fault.env,
  };
}

function fail(message: string): never {
  throw new Error(message);
}
