import { cpus } from 'node:os';
import { type Database, insertTryOns, openDatabase } from '@catwalk/infra/postgres';
import type { SimulatorOptions } from '@catwalk/simulator';
import { newTryOn } from '@catwalk/testkit';
import type { BenchPostgres } from './bench-postgres.js';
import type { SimulatorReport } from './contenders/simulator.js';
import { clearLanes } from './redis.js';
import { type RunningContender, startContender } from './start-contender.js';

export const ACCOUNTS = ['anna', 'ben', 'cleo', 'dan', 'eve'].map((name) => `${name}@example.com`);
export const SLOTS_EACH = 10;
/** A run that makes no job final for so long is stuck. */
const STUCK_MS = 120_000;

export interface SlotsRun {
  readonly title: string;
  readonly redisUrl: string | null;
  /** Worker processes of Catwalk; the naive worker is always one. */
  readonly workers: number | 'naive';
  readonly dials: NonNullable<SimulatorOptions['dials']>;
  /** Settings of the workers besides those of every run. */
  readonly env?: Readonly<Record<string, string>>;
  seed(db: Database): Promise<void>;
  /** Resolves when there is nothing more to see; otherwise when all jobs are final. */
  during?(db: Database): Promise<void>;
}

export interface SlotsResult {
  readonly report: SimulatorReport;
  readonly cpuMs: CpuTimes;
}

/** On-CPU time from the start of the workers to the end. */
interface CpuTimes {
  readonly workers: number;
  readonly webhook: number;
  readonly simulator: number;
  readonly postgres: number;
  /** Share of the machine's time that went to anything else. */
  readonly elsewhere: number;
}

let runs = 0;

/**
 * One run from a stored backlog to its end: simulator, webhook app and workers are processes of their own.
 *
 * @param see what else to read off the database before it goes
 * @throws when a job is missing, was billed twice, or an account ran more than its limit
 */
export async function runSlots<T>(
  postgres: BenchPostgres,
  run: SlotsRun,
  see: (db: Database) => Promise<T>,
): Promise<SlotsResult & { readonly seen: T }> {
  runs += 1;
  const databaseUrl = await postgres.createDatabase(`slots_${runs}`);
  const db = openDatabase({ url: databaseUrl, poolMax: 2 });
  const started: RunningContender[] = [];
  const start = async (name: string, env: Readonly<Record<string, string>>) => {
    const contender = await startContender(name, env);
    started.push(contender);
    return contender;
  };
  try {
    await run.seed(db);
    await db.prisma.$executeRawUnsafe('VACUUM ANALYZE catwalk.try_on');
    const { simulator, webhook, workers } = await startAll(run, databaseUrl, start);
    const spent = await watchCpu(postgres, { workers, webhook, simulator: [simulator] });
    await (run.during ?? untilAllFinal)(db);
    const cpuMs = await spent();
    await Promise.all(workers.map((worker) => worker.stop()));
    const report = (await simulator.report()) as SimulatorReport;
    await requireFair(db, run, report);
    return { report, cpuMs, seen: await see(db) };
  } finally {
    for (const contender of started.reverse()) await contender.stop();
    await db.close();
    if (run.redisUrl !== null && run.workers !== 'naive') await clearLanes(run.redisUrl, databaseUrl);
  }
}

async function startAll(
  run: SlotsRun,
  databaseUrl: string,
  start: (name: string, env: Readonly<Record<string, string>>) => Promise<RunningContender>,
) {
  const options: SimulatorOptions = {
    accounts: ACCOUNTS.map((email) => ({ email, maxJobs: SLOTS_EACH })),
    dials: { ...run.dials, pictures: 'placeholder' },
  };
  const simulator = await start('simulator', { SIMULATOR: JSON.stringify(options) });
  const simulatorUrl = `http://127.0.0.1:${simulator.port}`;
  const env = {
    MODE: 'sandbox',
    DATABASE_URL: databaseUrl,
    REDIS_URL: run.redisUrl ?? '',
    CALLBACK_SECRET: 'a-callback-secret-of-the-bench-0123456789',
    WEBHOOK_PORT: '0',
    // Slots are measured, and nothing beside them.
    ARCHIVE_URL: 'off',
  };
  if (run.workers === 'naive') {
    const naive = { ...env, SIMULATOR_URL: simulatorUrl, ACCOUNTS: ACCOUNTS.join() };
    return { simulator, webhook: [], workers: [await start('slots-naive', naive)] };
  }
  const webhook = await start('webhook', env);
  const own = {
    ...env,
    USEAPI_BASE_URL: simulatorUrl,
    PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${webhook.port}`,
    ...run.env,
  };
  const workers = await Promise.all(Array.from({ length: run.workers }, () => start('worker', own)));
  return { simulator, webhook: [webhook], workers };
}

type Part = 'workers' | 'webhook' | 'simulator';

/** @returns what tells the CPU times from now until it is called */
async function watchCpu(
  postgres: BenchPostgres,
  parts: Readonly<Record<Part, readonly RunningContender[]>>,
): Promise<() => Promise<CpuTimes>> {
  const sumOf = async (part: Part) =>
    (await Promise.all(parts[part].map((one) => one.cpuMs()))).reduce((sum, ms) => sum + ms, 0);
  const read = async () => ({
    workers: await sumOf('workers'),
    webhook: await sumOf('webhook'),
    simulator: await sumOf('simulator'),
    postgres: postgres.cpuMs() ?? Number.NaN,
    machine: machineMs(),
  });
  const from = await read();
  return async () => {
    const to = await read();
    const workers = to.workers - from.workers;
    const webhook = to.webhook - from.webhook;
    const simulator = to.simulator - from.simulator;
    const server = to.postgres - from.postgres;
    const busy = to.machine.busy - from.machine.busy - workers - webhook - simulator - server;
    const elsewhere = busy / (to.machine.all - from.machine.all);
    return { workers, webhook, simulator, postgres: server, elsewhere };
  };
}

/** Of all cores together, since the start of the machine. */
function machineMs(): { busy: number; all: number } {
  const times = cpus().map((core) => core.times);
  const all = times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.irq + one.idle, 0);
  return { all, busy: all - times.reduce((sum, one) => sum + one.idle, 0) };
}

/** Stores queued jobs. Their inputs are numbered, so that every run draws the same times. */
export async function seedJobs(
  db: Database,
  count: number,
  more: Parameters<typeof newTryOn>[0] = {},
): Promise<void> {
  const { client = 'shop' } = more ?? {};
  const rows = Array.from({ length: count }, (_, n) =>
    newTryOn({ humanImage: `https://pictures.example/${client}-${n}.jpg`, ...more }),
  );
  for (let from = 0; from < count; from += 1_000) {
    const inserted = await insertTryOns(db, rows.slice(from, from + 1_000));
    if (inserted.some((row) => row.kind !== 'inserted')) throw new Error('the backlog was not stored');
  }
}

async function untilAllFinal(db: Database): Promise<void> {
  for (let open = -1, seenAt = performance.now(); ; ) {
    const [row] = await db.prisma.$queryRaw<{ open: number }[]>`
      SELECT count(*)::int AS open FROM catwalk.try_on WHERE status NOT IN ('succeeded', 'failed', 'canceled')`;
    if (row?.open === 0) return;
    if (row?.open !== open) seenAt = performance.now();
    open = row?.open ?? -1;
    if (performance.now() - seenAt > STUCK_MS) throw new Error(`${open} jobs do not end`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What was accepted ended, as one job each, and was billed once; no account ever ran more than its limit. */
async function requireFair(db: Database, run: SlotsRun, { tasks, bill }: SimulatorReport): Promise<void> {
  const require = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${run.title}: ${what}`);
  };
  for (const [email, account] of Object.entries(bill.accounts))
    require(account.overLimit === 0 && account.maxRunning <= SLOTS_EACH, `${email} ran more than its limit`);
  require(Object.values(bill.byInput).every((times) => times === 1), 'a job was billed twice');
  const [jobs] = await db.prisma.$queryRaw<{ succeeded: number; open: number; other: number }[]>`
    SELECT count(*) FILTER (WHERE status = 'succeeded')::int AS succeeded,
      count(*) FILTER (WHERE status IN ('submitting', 'processing', 'queued'))::int AS open,
      count(*) FILTER (WHERE status IN ('failed', 'canceled', 'unconfirmed'))::int AS other
    FROM catwalk.try_on`;
  require(jobs?.other === 0, `${jobs?.other} jobs did not end well`);
  if (run.during === undefined)
    require(jobs?.open === 0 &&
      jobs.succeeded === bill.accepted, `${bill.accepted} were accepted, ${jobs?.succeeded} succeeded`);
  if (run.workers === 'naive') return;
  const ids = tasks.map((task) => task.taskId);
  const [attempts] = await db.prisma.$queryRaw<{ owned: number }[]>`
    SELECT count(DISTINCT try_on_id)::int AS owned FROM catwalk.attempt WHERE provider_task_id = ANY(${ids}::text[])`;
  require(attempts?.owned ===
    ids.length, `${ids.length - (attempts?.owned ?? 0)} tasks have no job of their own`);
}
