import { claimJobs, type Database, keepCeilings, openDatabase, readUsage } from '@catwalk/infra/postgres';
import { claimSettings, seedAccounts, seedTryOns } from '@catwalk/testkit';
import { startBenchPostgres } from './bench-postgres.js';

/**
 * How long usage and a claim under ceilings take beside many attempts: `node --import tsx bench/usage.ts [attempts]`.
 * The attempts are those of 100 days, of 50 clients, on five accounts, with exchanges as the worker keeps them; 1 %
 * of the jobs were submitted twice.
 */
const ATTEMPTS = Number(process.argv[2] ?? 1_000_000);
const CHUNK = 50_000;
const DAY_MS = 86_400_000;
const emails = ['anna', 'ben', 'cleo', 'dan', 'eve'].map((name) => `${name}@x.example`);

async function main(): Promise<void> {
  const postgres = await startBenchPostgres();
  const db = openDatabase({ url: await postgres.createDatabase('usage'), poolMax: 2 });
  try {
    console.log(`${ATTEMPTS} attempts, ${postgres.description}`);
    await seedAccounts(db, Object.fromEntries(emails.map((email) => [email, 50])));
    await seedAttempts(db);
    for (const days of [1, 30, 100])
      for (const viewer of [null, 'client-7']) {
        console.log(
          `usage of ${days} days of ${viewer ?? 'all'}, in total: ${await usageTime(db, viewer, days, [])}`,
        );
        const all = ['day', 'account', 'client'] as const;
        console.log(`  by day, account and client: ${await usageTime(db, viewer, days, all)}`);
      }
    console.log(`a claim of ten without ceilings: ${await claimTime(db)}`);
    await keepCeilings(db, { all: 100_000, clients: new Map([['shop', 100_000]]) });
    console.log(
      `a claim of ten, ${ATTEMPTS / 100} attempts today, with two ceilings: ${await claimTime(db)}`,
    );
  } finally {
    await db.close();
    await postgres.close();
  }
}

async function seedAttempts(db: Database): Promise<void> {
  for (let from = 1; from <= ATTEMPTS; from += CHUNK) {
    const to = Math.min(ATTEMPTS, from + CHUNK - 1);
    await db.prisma.$executeRaw`
      INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, priority, lane, status,
        status_since, due_at, created_at, updated_at)
      SELECT 'try_' || lpad(n::text, 32, '0'), 'client-' || n % 50, 'api', 'https://a.example/1.jpg',
        'https://b.example/2.jpg', 1, 1, '*', CASE n % 20 WHEN 0 THEN 'failed' ELSE 'succeeded' END, now(), now(),
        now(), now()
      FROM generate_series(${from}::int, ${to}::int) n WHERE n % 100 > 0`;
    await db.prisma.$executeRaw`
      INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count,
        images_billed, exchange, sent_at, deadline_at)
      SELECT 'att_' || lpad(n::text, 32, '0'), 'try_' || lpad((n + (n % 100 = 0)::int)::text, 32, '0'),
        'client-' || (n + (n % 100 = 0)::int) % 50, 1 + (n % 100 = 0)::int, 'ref_' || n, (${emails}::text[])[1 + n % 5],
        CASE n % 20 WHEN 0 THEN 'ended_failed' ELSE 'ended_succeeded' END, now(), 1, 1,
        jsonb_build_object('status', 200, 'body', md5(n::text) || repeat(md5(n::text), 20)),
        now() - (${ATTEMPTS} - n)::float8 / ${ATTEMPTS} * interval '100 days', now()
      FROM generate_series(${from}::int, ${to - 1}::int) n`; // The last one's job is not there yet.
  }
  await db.prisma.$executeRawUnsafe('VACUUM ANALYZE catwalk.try_on, catwalk.attempt');
}

async function usageTime(
  db: Database,
  viewer: string | null,
  days: number,
  by: readonly ('day' | 'account' | 'client')[],
): Promise<string> {
  const to = new Date(Date.now() + DAY_MS);
  const from = new Date(Date.now() - days * DAY_MS);
  return timesOf(5, async () => {
    const answer = await readUsage(db, { viewer, from, to, by, rowsMax: 100_000, timeoutMs: 60_000 });
    if (answer.kind !== 'read') throw new Error(answer.kind);
  });
}

async function claimTime(db: Database): Promise<string> {
  return timesOf(
    10,
    (ids) => claimJobs(db, ids, { ...claimSettings, account: 'anna@x.example' }),
    async () => {
      const ids = await seedTryOns(db, 10);
      await db.prisma.$executeRaw`UPDATE catwalk.attempt SET state = 'ended_failed' WHERE state = 'sending'`;
      return ids;
    },
  );
}

async function timesOf(
  rounds: number,
  run: (ids: string[]) => Promise<unknown>,
  prepare: () => Promise<string[]> = async () => [],
): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const prepared = await prepare();
    const startedAt = performance.now();
    await run(prepared);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return `median ${times[Math.floor(rounds / 2)]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms`;
}

await main();
