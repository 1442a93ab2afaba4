import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { keepAccounts, openDatabase } from '@catwalk/infra/postgres';
import { seedEndpoint } from '@catwalk/testkit';
import type { BenchPostgres } from './bench-postgres.js';
import { CALLBACK_SECRET, callbackShot } from './callback-shots.js';
import { clearLanes } from './redis.js';
import { seedAttempts } from './seed-attempts.js';
import { type RunningContender, startContender } from './start-contender.js';

/** Callbacks that come in a second. */
const PER_SECOND = 200;
const WARM_UP_S = 5;
/** After the last callback; what has not arrived by then is missing. */
const ARRIVE_MS = 10_000;
const TARGETS = { redis: { p50: 25, p99: 100 }, postgres: { p50: 40, p99: 150 } };

/**
 * From the provider's callback to the client's server: how long it takes, at a steady pace, until the event that it
 * brought about has been delivered. The callback is sent at its time, whatever became of those before it; the clock
 * runs from then until the receiver has read the event to its end.
 */
export async function benchDeliveries(
  postgres: BenchPostgres,
  options: { readonly redisUrl: string | null; readonly quick: boolean },
): Promise<void> {
  const seconds = options.quick ? 15 : 60;
  console.log(`\n${PER_SECOND} callbacks a second for ${seconds} s, from callback to delivery`);
  if (options.redisUrl !== null) await measure(postgres, 'redis', options.redisUrl, seconds);
  await measure(postgres, 'postgres', null, seconds);
}

async function measure(
  postgres: BenchPostgres,
  backend: keyof typeof TARGETS,
  redisUrl: string | null,
  seconds: number,
): Promise<void> {
  const databaseUrl = await postgres.createDatabase(`deliveries-${backend}`);
  const warmUp = WARM_UP_S * PER_SECOND;
  const count = warmUp + seconds * PER_SECOND;
  await seedAttempts(databaseUrl, count);
  const env = {
    MODE: 'sandbox',
    CALLBACK_SECRET,
    WEBHOOK_PORT: '0',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl ?? '',
    // Nobody is asked: what the worker would look at is called back.
    USEAPI_BASE_URL: 'http://127.0.0.1:9',
    USEAPI_ACCOUNTS: 'anna@example.com:50',
    POLL_INTERVAL_MS: '3600000',
    ALLOW_PRIVATE_ADDRESSES: 'on',
  };
  const receiver = await startContender('receiver', {});
  await seed(databaseUrl, `http://127.0.0.1:${receiver.port}/hook`);
  const webhook = await startContender('webhook', env);
  const worker = await startContender('worker', env);
  try {
    const idleMs = postgres.cpuMs() ?? 0;
    const sentAt = await sendAtPace(webhook.port, count);
    await new Promise((resolve) => setTimeout(resolve, ARRIVE_MS));
    const arrived = new Map((await receiver.report()) as [string, number][]);
    print(backend, sentAt.slice(warmUp), arrived, count);
    await printCpu({ webhook, worker }, (postgres.cpuMs() ?? 0) - idleMs, count);
  } finally {
    for (const server of [worker, webhook, receiver]) await server.stop();
    if (redisUrl !== null) await clearLanes(redisUrl, databaseUrl);
  }
}

async function seed(databaseUrl: string, url: string): Promise<void> {
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  await keepAccounts(db, new Map([['anna@example.com', 50]]));
  await seedEndpoint(db, url, { client: 'bench', types: ['try_on.succeeded'] });
  // No account has thousands of open tasks, which the worker would count for every free slot, and look at when due.
  await db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET account = 'elsewhere@example.com', next_check_at = now() + interval '1 hour'`;
  await db.prisma.$executeRaw`VACUUM ANALYZE catwalk.attempt`;
  await db.close();
}

interface Sent {
  readonly id: string;
  readonly atMs: number;
}

/** Each at its time. @returns when each was sent, by the machine's clock */
async function sendAtPace(port: number, count: number): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const sent: Sent[] = [];
  const startedAt = performance.now();
  const answers: Promise<number>[] = [];
  for (let n = 0; n < count; n += 1) {
    const dueMs = startedAt + (n * 1_000) / PER_SECOND - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    const { bytes, key } = callbackShot(n);
    const [head = '', body = ''] = bytes.toString().split('\r\n\r\n');
    const path = head.split(' ')[1] ?? '';
    sent.push({ id: key.replace('att_', 'try_'), atMs: performance.timeOrigin + performance.now() });
    answers.push(postOnce(agent, port, path, body));
  }
  const statuses = await Promise.all(answers);
  agent.destroy();
  const failed = statuses.filter((status) => status !== 200).length;
  if (failed > 0) throw new Error(`${failed} callbacks were not taken`);
  return sent;
}

async function postOnce(agent: Agent, port: number, path: string, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const posted = request({ port, path, agent, method: 'POST', headers });
  posted.end(body);
  const [response] = await once(posted, 'response');
  response.resume();
  return response.statusCode;
}

function print(
  backend: keyof typeof TARGETS,
  sent: readonly Sent[],
  arrived: ReadonlyMap<string, number>,
  count: number,
): void {
  const tookMs = sent
    .flatMap(({ id, atMs }) => {
      const at = arrived.get(id);
      return at === undefined ? [] : [at - atMs];
    })
    .sort((a, b) => a - b);
  const at = (part: number) => tookMs[Math.floor((tookMs.length - 1) * part)] ?? Number.NaN;
  const { p50, p99 } = TARGETS[backend];
  const verdict = (value: number, most: number) =>
    `${value.toFixed(1)} ms (target at most ${most}: ${value <= most ? 'reached' : 'MISSED'})`;
  console.log(
    `queue on ${backend}: p50 ${verdict(at(0.5), p50)}, p99 ${verdict(at(0.99), p99)}, slowest ${at(1).toFixed(0)} ms; ${arrived.size} of ${count} arrived`,
  );
  if (arrived.size !== count) process.exitCode = 1;
}

async function printCpu(
  servers: Readonly<Record<string, RunningContender>>,
  postgresMs: number,
  count: number,
): Promise<void> {
  const parts = await Promise.all(
    Object.entries(servers).map(
      async ([name, server]) => `${name} ${((await server.cpuMs()) / count).toFixed(2)}`,
    ),
  );
  console.log(`CPU ms per callback: ${parts.join(', ')}, Postgres ${(postgresMs / count).toFixed(2)}`);
}
