import type { BenchPostgres } from './bench-postgres.js';
import { measureSlots } from './measure-slots.js';
import { printSlots, type SlotsRow } from './print-slots.js';
import { ACCOUNTS, runSlots, SLOTS_EACH, type SlotsRun, seedJobs } from './run-slots.js';

interface Load {
  readonly name: string;
  readonly jobs: number;
  readonly dials: { readonly delayMs: number; readonly delayJitter: number };
  /** Slot use to be reached on Redis with one worker. */
  readonly use: number;
  /** Tasks so long that they leave the machine idle: all contenders run at once. */
  readonly atOnce: boolean;
}

const LOADS: readonly Load[] = [
  { name: '200ms', jobs: 5_000, dials: { delayMs: 200, delayJitter: 0.2 }, use: 0.9, atOnce: false },
  { name: '1s', jobs: 1_000, dials: { delayMs: 1_000, delayJitter: 0 }, use: 0.97, atOnce: false },
  { name: '15s', jobs: 500, dials: { delayMs: 15_000, delayJitter: 1 / 3 }, use: 0.98, atOnce: true },
];
/** To be reached at 200 ms on PostgreSQL, or with four workers. */
const USE_ELSEWHERE = 0.85;
const OF_OPTIMUM = 1.02;

export const LOAD_NAMES = LOADS.map((load) => load.name);

export interface SlotsOptions {
  readonly redisUrl: string | null;
  /** Only the load of this name. */
  readonly only: string | null;
  /** Only the contender of this title. */
  readonly contender: string | null;
  /** A fifth of the jobs, and one worker only. */
  readonly quick: boolean;
}

/** How full the provider's slots are kept from a stored backlog, beside a naive BullMQ worker. */
export async function benchSlots(postgres: BenchPostgres, options: SlotsOptions): Promise<void> {
  for (const load of LOADS.filter(({ name }) => options.only === null || options.only === name)) {
    const jobs = options.quick ? load.jobs / 5 : load.jobs;
    const contenders = contendersOf(load, jobs, options).filter(
      ({ title }) => options.contender === null || options.contender === title,
    );
    const measure = (run: SlotsRun) => measureRun(postgres, run, load, jobs);
    const rows: SlotsRow[] = [];
    if (load.atOnce) rows.push(...(await Promise.all(contenders.map(measure))));
    else for (const run of contenders) rows.push(await measure(run));
    printSlots(`${jobs} jobs of ${load.name}, ${ACCOUNTS.length} accounts with ${SLOTS_EACH} slots`, rows);
  }
}

function contendersOf(load: Load, jobs: number, { redisUrl, quick }: SlotsOptions): SlotsRun[] {
  const backends = [...(redisUrl === null ? [] : [redisUrl]), null];
  const peers = quick ? ([1, 'naive'] as const) : ([1, 4, 'naive'] as const);
  return backends.flatMap((url) =>
    peers.map((workers) => ({
      title: `${titleOf(workers)}, ${url === null ? 'PostgreSQL' : 'Redis'}`,
      redisUrl: url,
      workers,
      dials: load.dials,
      seed: (db) => seedJobs(db, jobs),
    })),
  );
}

function titleOf(workers: number | 'naive'): string {
  if (workers === 'naive') return 'naive worker';
  return workers === 1 ? '1 worker' : `${workers} workers`;
}

async function measureRun(
  postgres: BenchPostgres,
  run: SlotsRun,
  load: Load,
  jobs: number,
): Promise<SlotsRow> {
  const { report, cpuMs } = await runSlots(postgres, run, async () => undefined);
  const figures = measureSlots(report.tasks, ACCOUNTS.length, SLOTS_EACH);
  const isNaive = run.workers === 'naive';
  const isFirst = run.redisUrl !== null && run.workers === 1;
  const use = isFirst || load.name !== '200ms' ? load.use : USE_ELSEWHERE;
  return {
    title: run.title,
    figures,
    refused: report.bill.rejected429,
    cpuMs: {
      worker: cpuMs.workers / jobs,
      webhook: cpuMs.webhook / jobs,
      simulator: cpuMs.simulator / jobs,
      // One server for all: what it spends on whom cannot be told when all run at once.
      postgres: load.atOnce ? null : cpuMs.postgres / jobs,
    },
    elsewhere: load.atOnce ? null : cpuMs.elsewhere,
    target: isNaive ? null : { use, ofOptimum: load.name === '15s' ? OF_OPTIMUM : null },
  };
}
