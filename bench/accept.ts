import { openDatabase } from '@catwalk/infra/postgres';
import type { BenchPostgres } from './bench-postgres.js';
import type { Shot } from './load.js';
import type { Comparison, Table } from './print-table.js';
import { clearLanes } from './redis.js';
import { type Contender, runRounds } from './run-rounds.js';
import { startContender } from './start-contender.js';

export const API_KEY = 'bench-key-of-more-than-32-characters-in-all';

/** Accepting a try-on, on each queue backend there is. */
export async function benchAccept(
  postgres: BenchPostgres,
  rounds: number,
  redisUrl: string | null,
): Promise<Table> {
  const backends = [
    ...(redisUrl === null ? [] : [{ on: 'Redis', url: redisUrl }]),
    { on: 'PostgreSQL', url: '' },
  ];
  const ceiling = await openContender(
    postgres,
    'accept-ceiling',
    'route that parses JSON, answers',
    6_000,
    null,
  );
  const contenders: Contender[] = [ceiling];
  const comparisons: Comparison[] = [];
  try {
    for (const { on, url } of backends) {
      const product = await openContender(postgres, 'api', `POST /v1/try-ons, queue on ${on}`, 3_000, url);
      contenders.push(product);
      const naive = await openContender(postgres, 'accept-naive', `naive, queue on ${on}`, 800, url);
      contenders.push(naive);
      comparisons.push({
        product,
        ceiling,
        naive,
        target: on === 'Redis' ? { ofCeiling: 0.4, timesNaive: 3 } : {},
      });
    }
    const series = await runRounds(contenders, postgres, rounds);
    return { title: 'Accepting a try-on', series, comparisons };
  } finally {
    for (const contender of contenders) await contender.server.stop();
  }
}

async function openContender(
  postgres: BenchPostgres,
  name: string,
  title: string,
  requests: number,
  redisUrl: string | null,
): Promise<Contender> {
  const databaseUrl =
    redisUrl === null ? null : await postgres.createDatabase(`${name}_${redisUrl ? 'redis' : 'pg'}`);
  if (databaseUrl !== null) await seedAccounts(databaseUrl);
  const keys = { API_KEYS: `bench:${API_KEY}` };
  const where = { DATABASE_URL: databaseUrl ?? '', REDIS_URL: redisUrl ?? '', API_PORT: '0' };
  const server = await startContender(name, { MODE: 'sandbox', ...keys, ...where });
  const stop = async () => {
    await server.stop();
    if (name === 'api' && redisUrl && databaseUrl !== null) await clearLanes(redisUrl, databaseUrl);
  };
  let sent = 0;
  return {
    title,
    requests,
    server: { ...server, stop },
    shots: (count) => Array.from({ length: count }, () => acceptShot(sent++)),
    accepted: (_shot, status, body) => {
      const id = /"id":"(try_[0-9a-f]{32})"/.exec(body)?.[1];
      if (status !== 202 || id === undefined) throw new Error(`${title} answered ${status}: ${body}`);
      return id;
    },
    found: databaseUrl === null ? null : (ids) => countStored(databaseUrl, ids),
  };
}

/** A try-on as a shop's catalogue job sends it. */
export function acceptBody(n: number): string {
  return JSON.stringify({
    humanImage: `https://shop.example.com/media/models/anna/${n}.jpg?v=20250423`,
    dressInput: `https://shop.example.com/media/catalogue/2025/dresses/${n}.jpg?v=20250423`,
    imageCount: 2,
    customId: `sku-${n}`,
    replyUrl: 'https://shop.example.com/hooks/try-on-finished',
    replyRef: `order-${n}`,
    metadata: { sku: `sku-${n}`, season: 'summer-2025', market: 'eu' },
  });
}

export function acceptShot(n: number): Shot {
  const body = acceptBody(n);
  const head = [
    'POST /v1/try-ons HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Authorization: Bearer ${API_KEY}`,
    'User-Agent: node',
    'Accept: */*',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return { bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`), key: String(n) };
}

/** Two accounts, so that jobs are carried into a lane until it is full, as at a shop with a backlog. */
export async function seedAccounts(databaseUrl: string): Promise<void> {
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  await db.prisma.account.createMany({
    data: ['anna@example.com', 'ben@example.com'].map((email) => ({ email, maxJobs: 5 })),
  });
  await db.close();
}

async function countStored(databaseUrl: string, ids: readonly string[]): Promise<number> {
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  await db.prisma.$executeRawUnsafe('ANALYZE catwalk.try_on');
  const [row] = await db.prisma.$queryRaw<{ found: number }[]>`
    SELECT count(*)::int AS found FROM catwalk.try_on
    WHERE id = ANY(${ids}::text[]) AND status = 'queued' AND human_image <> ''`;
  await db.close();
  return row?.found ?? 0;
}
