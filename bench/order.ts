import {
  carryJobs,
  type Database,
  keepCeilings,
  listUnchecked,
  noteAlive,
  openDatabase,
  recountBudgets,
} from '@catwalk/infra/postgres';
import { seedAccounts } from '@catwalk/testkit';
import { startBenchPostgres } from './bench-postgres.js';

/**
 * How long it takes to decide what goes next at a long backlog: `node --import tsx bench/order.ts [jobs]`. Jobs
 * of 50 clients wait for five accounts of ten slots: half of them in 200 batches, the rest one by one in all three
 * priorities.
 */
const JOBS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 200;
const CHUNK = 50_000;
const accounts = Object.fromEntries(
  ['anna', 'ben', 'cleo', 'dan', 'eve'].map((name) => [`${name}@x.example`, 10]),
);

async function main(): Promise<void> {
  const postgres = await startBenchPostgres();
  const db = openDatabase({ url: await postgres.createDatabase('order'), poolMax: 2, keepsPlans: true });
  try {
    console.log(`${JOBS} jobs, ${postgres.description}`);
    await seedBacklog(db);
    await seedAccounts(db, accounts);
    const empty = await timesOf(db, 20, empties);
    const steady = await timesOf(db, ROUNDS, startTwo);
    console.log(`an empty lane of 50: ${empty}`);
    console.log(`two slots that became free: ${steady}`);
    await checkSome(db);
    console.log(
      `with 10,000 of them checked, and no others to be carried: ${await timesOf(db, ROUNDS, startTwo)}`,
    );
    console.log(`what is to be checked next: ${await timesOf(db, 50, async () => undefined, listUnchecked)}`);
    await db.prisma.$executeRaw`DELETE FROM catwalk.lease`;
    await reachCeilings(db);
    console.log(`the same, with 20 clients over their ceilings: ${await timesOf(db, ROUNDS, startTwo)}`);
    await keepCeilings(db, { all: null, clients: new Map() });
    await holdBatches(db);
    console.log(`with 100 batches paused, and 2,000 more: ${await timesOf(db, ROUNDS, startTwo)}`);
    await db.prisma.$executeRaw`DELETE FROM catwalk.batch`;
    await db.prisma.$executeRaw`UPDATE catwalk.try_on SET due_at = clock_timestamp() + interval '1 hour'
      WHERE id IN (SELECT id FROM catwalk.try_on WHERE status = 'queued' ORDER BY id LIMIT 10000)`;
    console.log(`with 10,000 at the front not due: ${await timesOf(db, ROUNDS, startTwo)}`);
  } finally {
    await db.close();
    await postgres.close();
  }
}

/** 200 batches and what came one by one: half of a client's jobs are in its four batches. */
async function seedBacklog(db: Database): Promise<void> {
  for (let from = 1; from <= JOBS; from += CHUNK)
    await db.prisma.$executeRaw`
      INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, batch_id, flow,
        priority, lane, status, status_since, due_at, created_at, updated_at)
      SELECT 'try_' || lpad(n::text, 32, '0'), 'client-' || n % 50, 'api', 'https://a.example/1.jpg',
        'https://b.example/2.jpg', 1, 'bat_' || lpad(batch::text, 32, '0'),
        concat_ws(' ', 'bat_' || lpad(batch::text, 32, '0')), coalesce(batch, n / 700) % 3, '*', 'queued', now(), now(),
        now(), now()
      FROM (SELECT n, CASE WHEN n / 50 % 2 = 0 THEN n % 50 * 4 + n / 100 % 4 END AS batch
        FROM generate_series(${from}::int, ${Math.min(JOBS, from + CHUNK - 1)}::int) n) jobs`;
  await db.prisma.$executeRawUnsafe('VACUUM ANALYZE catwalk.try_on');
}

/** Every other batch is paused, and 2,000 of which nothing waits. */
async function holdBatches(db: Database): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.batch (id, client, format, options, state, state_since, priority, created_at, updated_at)
    SELECT 'bat_' || lpad(n::text, 32, '0'), 'client-1', 'csv', '', 'paused', now(), 1, now(), now()
    FROM (SELECT 2 * n AS n FROM generate_series(0, 99) n UNION ALL SELECT generate_series(1000, 2999)) held`;
}

/** From here on only these may be carried, until nobody checks any more. */
async function checkSome(db: Database): Promise<void> {
  await db.prisma.$executeRaw`UPDATE catwalk.try_on SET inputs_checked = true
    WHERE id IN (SELECT id FROM catwalk.try_on WHERE status = 'queued' ORDER BY id LIMIT 10000)`;
  await noteAlive(db, ['input-check'], 3_600_000);
}

/** 20 of the clients have submitted 500 images today, as many as they may; the day has held jobs back before. */
async function reachCeilings(db: Database): Promise<void> {
  const clients = Array.from({ length: 20 }, (_, n) => [`client-${n}`, 500] as const);
  await keepCeilings(db, { all: 20_000, clients: new Map(clients) });
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count,
      sent_at, deadline_at)
    SELECT 'att_' || n, 'try_' || lpad(n::text, 32, '0'), 'client-' || n % 20, 1, 'ref_' || n, 'anna@x.example',
      'ended_succeeded', now(), 1, now(), now() FROM generate_series(1, 10000) n`;
  await db.prisma.$executeRaw`UPDATE catwalk.ceiling SET reached_at = now()`;
  await recountBudgets(db);
  await db.prisma.$executeRawUnsafe('VACUUM ANALYZE catwalk.attempt');
}

/** Before each measurement: the lane is empty. */
async function empties(db: Database): Promise<void> {
  await db.prisma
    .$executeRaw`UPDATE catwalk.try_on SET carried_at = NULL WHERE status = 'queued' AND carried_at IS NOT NULL`;
}

/** Before each measurement: two of the lane have started. */
async function startTwo(db: Database): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.try_on SET status = 'processing', carried_at = NULL WHERE id IN (SELECT id FROM catwalk.try_on
      WHERE status = 'queued' AND carried_at IS NOT NULL ORDER BY carried_at LIMIT 2)`;
}

async function timesOf(
  db: Database,
  rounds: number,
  prepare: (db: Database) => Promise<void>,
  measured: (db: Database) => Promise<unknown> = carryJobs,
): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await prepare(db);
    const startedAt = performance.now();
    await measured(db);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(1)} ms`;
  return `median ${at(0.5)}, p95 ${at(0.95)}, slowest ${at(0.999)}`;
}

await main();
