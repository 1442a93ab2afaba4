import { openDatabase } from '@catwalk/infra/postgres';
import type { BenchPostgres } from './bench-postgres.js';
import { CALLBACK_SECRET, callbackShot } from './callback-shots.js';
import type { Shot } from './load.js';
import type { Table } from './print-table.js';
import { type Contender, requestsInAll, runRounds } from './run-rounds.js';
import { seedAttempts } from './seed-attempts.js';
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
