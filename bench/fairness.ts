import { type Database, notifyWork } from '@catwalk/infra/postgres';
import type { BenchPostgres } from './bench-postgres.js';
import { ACCOUNTS, runSlots, SLOTS_EACH, seedJobs } from './run-slots.js';

const SLOTS = ACCOUNTS.length * SLOTS_EACH;
const CLIENTS = ['studio', 'boutique'] as const;
const TENTHS = 10;
const JAIN_MIN = 0.95;
const URGENT = 20;
const URGENT_TASK_MS = 1_000;
const URGENT_ROUNDS = 5;
/** Time to get through the slots, half as much again, and what those that run already take. */
const URGENT_MAX_MS = (URGENT / SLOTS) * URGENT_TASK_MS * 1.5 + URGENT_TASK_MS;

/** Whether equal clients get equal shares of the slots, and how soon urgent jobs get through a long backlog. */
export async function benchFairness(
  postgres: BenchPostgres,
  options: { readonly redisUrl: string | null; readonly quick: boolean },
): Promise<void> {
  const each = options.quick ? 1_000 : 5_000;
  for (const redisUrl of [...(options.redisUrl === null ? [] : [options.redisUrl]), null]) {
    const on = redisUrl === null ? 'PostgreSQL' : 'Redis';
    const indices = await shareSlots(postgres, redisUrl, each);
    const worst = Math.min(...indices);
    console.log(`\ntwo clients with ${each} jobs each, the second behind the first, queue on ${on}`);
    console.log(`Jain index at every tenth: ${indices.map((index) => index.toFixed(3)).join(' ')}`);
    console.log(`worst ${worst.toFixed(3)} (target at least ${JAIN_MIN}: ${saying(worst >= JAIN_MIN)})`);
    const times = await passBacklog(postgres, redisUrl, each);
    const slowest = Math.max(...times);
    console.log(
      `${URGENT} urgent jobs into a backlog of ${2 * each} of ${URGENT_TASK_MS} ms, queue on ${on}`,
    );
    console.log(`the last was accepted after ${times.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`);
    console.log(
      `slowest ${slowest.toFixed(0)} ms (target ${URGENT_MAX_MS} ms: ${saying(slowest <= URGENT_MAX_MS)})`,
    );
  }
}

function saying(holds: boolean): string {
  return holds ? 'reached' : 'MISSED';
}

async function shareSlots(postgres: BenchPostgres, redisUrl: string | null, each: number): Promise<number[]> {
  const { seen } = await runSlots(
    postgres,
    {
      title: 'two clients',
      redisUrl,
      workers: 1,
      dials: { delayMs: 200, delayJitter: 0.2 },
      seed: (db) => seedClients(db, each),
    },
    readJainIndices,
  );
  return seen;
}

async function seedClients(db: Database, each: number): Promise<void> {
  for (const client of CLIENTS) await seedJobs(db, each, { client });
}

/** Of the jobs that each client has finished by then. */
async function readJainIndices(db: Database): Promise<number[]> {
  const rows = await db.prisma.$queryRaw<{ finished: number[] }[]>`
    WITH run AS (SELECT min(submitted_at) AS began, max(finished_at) AS ended FROM catwalk.try_on)
    SELECT array(SELECT count(*) FILTER (WHERE t.finished_at <= r.began + (r.ended - r.began) * tenth / ${TENTHS}::int)::int
      FROM catwalk.try_on t GROUP BY t.client ORDER BY t.client) AS finished
    FROM run r, generate_series(1, ${TENTHS}::int) tenth ORDER BY tenth`;
  return rows.map(({ finished }) => jainIndex(finished));
}

/** 1: all the same; 1/n: one has everything. */
function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((all, value) => all + value, 0);
  const squares = values.reduce((all, value) => all + value ** 2, 0);
  return sum ** 2 / (values.length * squares);
}

/** @returns of each round, how long it took from the storing of the urgent jobs until the last was accepted */
async function passBacklog(
  postgres: BenchPostgres,
  redisUrl: string | null,
  each: number,
): Promise<number[]> {
  const times: number[] = [];
  const run = {
    title: 'urgent jobs',
    redisUrl,
    workers: 1,
    dials: { delayMs: URGENT_TASK_MS, delayJitter: 0.2 },
    seed: (db: Database) => seedClients(db, each),
    during: async (db: Database) => {
      await until(async () => (await db.prisma.attempt.count()) >= 2 * SLOTS);
      for (let round = 0; round < URGENT_ROUNDS; round += 1)
        times.push(await pushUrgent(db, `desk-${round}`));
    },
  };
  await runSlots(postgres, run, async () => undefined);
  return times;
}

async function pushUrgent(db: Database, client: string): Promise<number> {
  await seedJobs(db, URGENT, { client, priority: 0 });
  await notifyWork(db.prisma);
  const accepted = { tryOn: { client }, answeredAt: { not: null } };
  await until(async () => (await db.prisma.attempt.count({ where: accepted })) === URGENT);
  const [row] = await db.prisma.$queryRaw<{ ms: number }[]>`
    SELECT extract(epoch FROM max(a.answered_at) - min(t.created_at))::float8 * 1000 AS ms
    FROM catwalk.try_on t JOIN catwalk.attempt a ON a.try_on_id = t.id WHERE t.client = ${client}`;
  return row?.ms ?? Number.NaN;
}

const UNTIL_MS = 60_000;

async function until(holds: () => Promise<boolean>): Promise<void> {
  const from = performance.now();
  while (!(await holds())) {
    if (performance.now() - from > UNTIL_MS) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
