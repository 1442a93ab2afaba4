import { openDatabase } from '@catwalk/infra/postgres';
import type { BenchPostgres } from './bench-postgres.js';
import { CALLBACK_SECRET, callbackShot, DIGITS, FIRST_TASK } from './callback-shots.js';
import type { Shot } from './load.js';
import type { Table } from './print-table.js';
import { type Contender, requestsInAll, runRounds } from './run-rounds.js';
import { startContender } from './start-contender.js';

/** Callback ingest: how fast what the provider posts is recorded. */
export async function benchCallbacks(postgres: BenchPostgres, rounds: number): Promise<Table> {
  const contenders = [
    await openContender(postgres, rounds, {
      name: 'callback-ceiling',
      title: 'route that only answers',
      requests: 6_000,
    }),
    await openContender(postgres, rounds, {
      name: 'callback-verified',
      title: 'route that verifies, parses, answers',
      requests: 4_000,
    }),
    await openContender(postgres, rounds, {
      name: 'callback-batched',
      title: 'the same, one insert and one update',
      requests: 3_000,
      rowsFound: RECEIVED,
    }),
    await openContender(postgres, rounds, {
      name: 'webhook',
      title: 'webhook app, durable, applied',
      requests: 3_000,
      rowsFound: APPLIED,
    }),
    await openContender(postgres, rounds, {
      name: 'callback-naive',
      title: 'naive receiver',
      requests: 600,
      rowsFound: RECEIVED,
    }),
  ] as const;
  try {
    const series = await runRounds(contenders, postgres, rounds);
    const [ceiling, , , product, naive] = contenders;
    const target = { ofCeiling: 0.4, timesNaive: 5, p99Ms: 75 };
    return { title: 'Callback ingest', series, comparisons: [{ product, ceiling, naive, target }] };
  } finally {
    for (const contender of contenders) await contender.server.stop();
  }
}

interface Plan {
  readonly name: string;
  readonly title: string;
  readonly requests: number;
  /** Counts which of the replyRefs `$1` are in the database as they should be. */
  readonly rowsFound?: string;
}

async function openContender(postgres: BenchPostgres, rounds: number, plan: Plan): Promise<Contender> {
  const { name, title, requests, rowsFound } = plan;
  const databaseUrl = rowsFound === undefined ? null : await postgres.createDatabase(name);
  if (databaseUrl !== null) await seedAttempts(databaseUrl, requestsInAll(requests, rounds));
  const env = { MODE: 'sandbox', CALLBACK_SECRET, WEBHOOK_PORT: '0', DATABASE_URL: databaseUrl ?? '' };
  const server = await startContender(name, env);
  let sent = 0;
  return {
    title,
    requests,
    server,
    shots: (count) => Array.from({ length: count }, (): Shot => callbackShot(sent++)),
    accepted: (shot, status) => {
      if (status !== 200) throw new Error(`${title} answered ${status}`);
      return shot.key;
    },
    found: databaseUrl === null ? null : (ids) => countRows(databaseUrl, String(rowsFound), ids),
  };
}

async function countRows(databaseUrl: string, sql: string, ids: readonly string[]): Promise<number> {
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  try {
    // The tables have grown since they were last looked at; without figures a bad plan would run for minutes.
    await db.prisma.$executeRawUnsafe('ANALYZE');
    const rows = await db.prisma.$queryRawUnsafe<{ found: number }[]>(sql, ids);
    return rows[0]?.found ?? 0;
  } finally {
    await db.close();
  }
}

const APPLIED = `
  SELECT count(*)::int AS found FROM unnest($1::text[]) AS r(ref)
  JOIN catwalk.callback c ON c.reply_ref = ref AND c.decision = 'applied' AND length(c.body) > 1500
  JOIN catwalk.attempt a ON a.reply_ref = ref AND a.state = 'ended_succeeded' AND jsonb_array_length(a.images) = 2
  JOIN catwalk.try_on t ON t.id = a.try_on_id AND t.status = 'succeeded' AND t.finished_at IS NOT NULL`;

const RECEIVED = `
  SELECT count(*)::int AS found FROM unnest($1::text[]) AS r(ref)
  JOIN catwalk.callback c ON c.reply_ref = ref
  JOIN catwalk.attempt a ON a.reply_ref = ref
  JOIN catwalk.try_on t ON t.id = a.try_on_id AND t.status = 'succeeded'`;

/** Jobs that wait for their callbacks, each with one accepted attempt, as the worker leaves them. */
async function seedAttempts(databaseUrl: string, count: number): Promise<void> {
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  await db.prisma.$executeRawUnsafe(`
    INSERT INTO catwalk.try_on (id, client, origin, fingerprint, custom_id, human_image, dress_input, image_count,
      priority, lane, status, status_since, due_at, current_attempt_id, version, carry, submitted_at, created_at,
      updated_at)
    SELECT 'try_' || digits, 'bench', 'api', md5(digits), 'sku-' || n,
      'https://shop.example.com/media/catalogue/2025/humanImage/' || n || '.jpg',
      'https://shop.example.com/media/catalogue/2025/dressInput/' || n || '.jpg', 2, 1, '*', 'processing', now(),
      now(), 'att_' || digits, 3, 1, now(), now(), now()
    FROM (SELECT n, '${DIGITS}' || lpad(to_hex(n), 8, '0') AS digits FROM generate_series(0, ${count - 1}) AS n) s`);
  await db.prisma.$executeRawUnsafe(`
    INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, provider_task_id,
      image_count, images_billed, exchange, sent_at, answered_at, deadline_at, next_check_at)
    SELECT 'att_' || digits, 'try_' || digits, 'default', 1, 'att_' || digits, 'anna@example.com', 'accepted', now(),
      (${FIRST_TASK} + n)::text, 2, 2, jsonb_build_object('status', 200, 'body', repeat(md5(digits), 20)), now(),
      now(), now() + interval '30 minutes', now() + interval '1 minute'
    FROM (SELECT n, '${DIGITS}' || lpad(to_hex(n), 8, '0') AS digits FROM generate_series(0, ${count - 1}) AS n) s`);
  await db.prisma.$executeRawUnsafe(
    'ANALYZE catwalk.try_on, catwalk.attempt, catwalk.callback, catwalk.event',
  );
  await db.prisma.$executeRawUnsafe('CHECKPOINT');
  await db.close();
}
