import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as api from '@catwalk/api';
import { createLogger } from '@catwalk/infra/process';
import { createSimulator } from '@catwalk/simulator';
import { drawNoise, runSql } from '@catwalk/testkit';
import * as webhook from '@catwalk/webhook';
import * as worker from '@catwalk/worker';
import { startBenchPostgres } from './bench-postgres.js';
import { clearLanes, findRedis } from './redis.js';

/**
 * A batch with `copyInputs` whose addresses die after a minute, while its turn takes longer:
 * `node --import tsx bench/copies.ts [jobs] [--redis]`. Every person is a picture of its own, 50 garments are shared;
 * each is a JPEG of 768 x 1024 pixels of noise, about 190 KB. All parts run in this process.
 */
const JOBS = Number(process.argv[2] ?? 5_000);
const ALIVE_MS = 60_000;
const GARMENTS = 50;
/** 50 slots of 2 s: the last job goes more than three minutes after the first. */
const TASK_MS = 2_000;
const accounts = ['anna', 'ben', 'cleo', 'dan', 'eve'].map((name) => ({
  email: `${name}@example.com`,
  maxJobs: 10,
}));

async function main(): Promise<void> {
  const postgres = await startBenchPostgres();
  const home = mkdtempSync(join(tmpdir(), 'catwalk-copies-'));
  const stack: (() => Promise<unknown>)[] = [() => postgres.close()];
  const unwind = async () => {
    for (let stop = stack.pop(); stop !== undefined; stop = stack.pop()) await stop().catch(() => undefined);
    rmSync(home, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void unwind().finally(() => process.exit(1)));
  await run(postgres, home, stack).finally(unwind);
}

async function run(
  postgres: Awaited<ReturnType<typeof startBenchPostgres>>,
  home: string,
  stack: (() => Promise<unknown>)[],
): Promise<void> {
  const redisUrl = process.argv.includes('--redis') ? await findRedis() : null;
  const databaseUrl = await postgres.createDatabase('copies');
  if (redisUrl !== null) stack.push(() => clearLanes(redisUrl, databaseUrl));
  const source = await startSource(stack);
  const simulator = createSimulator({
    port: 0,
    accounts,
    allowPrivateAddresses: true,
    dials: { delayMs: TASK_MS, delayJitter: 0, pictures: 'placeholder' },
  });
  stack.push(() => simulator.close());
  const env = {
    MODE: 'sandbox',
    CATWALK_HOME: home,
    DATABASE_URL: databaseUrl,
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    CALLBACK_SECRET: 'a-callback-secret-of-benches-0123456789',
    API_PORT: '0',
    WEBHOOK_PORT: '0',
    ALLOW_PRIVATE_ADDRESSES: 'on',
    USEAPI_BASE_URL: (await simulator.start()).url,
  };
  const logger = createLogger({ app: 'bench', level: 'silent' });
  const hooks = webhook.createWebhook(
    await webhook.contextFromConfig(webhook.configFromEnv(env), { logger, checked: true }),
  );
  stack.push(() => hooks.close());
  const running = { ...env, PUBLIC_WEBHOOK_URL: (await hooks.start()).url };
  const work = worker.createWorker(
    await worker.contextFromConfig(worker.configFromEnv(running), { logger, checked: true }),
  );
  stack.push(() => work.close());
  await work.start();
  const app = api.createApi(api.contextFromConfig(api.configFromEnv(running), { logger, checked: true }));
  stack.push(() => app.close());
  const { url } = await app.start();
  console.log(
    `${JOBS} jobs, ${postgres.description}, queue on ${redisUrl === null ? 'PostgreSQL' : 'Redis'}`,
  );
  await measure(url, databaseUrl, source);
}

type Source = Awaited<ReturnType<typeof startSource>>;

async function measure(apiUrl: string, databaseUrl: string, source: Source): Promise<void> {
  const lines = Array.from({ length: JOBS }, (_, n) =>
    JSON.stringify({
      humanImage: `${source.url}/person/${n}.jpg`,
      dressInput: `${source.url}/dress/${n % GARMENTS}.jpg`,
    }),
  );
  const startedAt = performance.now();
  source.live(ALIVE_MS);
  const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(1);
  const answer = await fetch(`${apiUrl}/v1/batches?copyInputs=true&pauseOnFailures=off`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`,
  });
  if (answer.status !== 202) throw new Error(`the batch was refused: ${await answer.text()}`);
  console.log(`accepted after ${seconds()} s`);
  let isCopied = false;
  for (;;) {
    const counts = await countJobs(databaseUrl);
    if (!isCopied && (counts.copying ?? 0) === 0) {
      isCopied = true;
      console.log(`all inputs copied after ${seconds()} s, ${counts.succeeded ?? 0} had succeeded by then`);
    }
    if ((counts.succeeded ?? 0) + (counts.failed ?? 0) === JOBS) {
      console.log(`all ended after ${seconds()} s: ${JSON.stringify(counts)}`);
      break;
    }
    await wait(250);
  }
  console.log(`fetched ${source.fetched()} of ${JOBS + GARMENTS} addresses, ${source.late()} too late`);
  if (source.late() > 0 || (await countJobs(databaseUrl)).succeeded !== JOBS) process.exitCode = 1;
}

async function countJobs(databaseUrl: string): Promise<Record<string, number>> {
  const rows = await runSql<{ status: string; n: number }>(
    databaseUrl,
    `SELECT CASE WHEN lane = '+copy' AND status = 'queued' THEN 'copying' ELSE status END AS status, count(*)::int AS n
     FROM catwalk.try_on GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}

/** A server whose addresses live for a while. No two pictures are the same bytes: each has its path behind its end. */
async function startSource(stack: (() => Promise<unknown>)[]) {
  const pictures = await Promise.all(Array.from({ length: 8 }, (_, n) => drawNoise(768, 1_024, n)));
  let [diesAt, fetched, late] = [0, 0, 0];
  const server = createServer((request, response) => {
    if (performance.now() > diesAt) {
      late += 1;
      return void response.writeHead(403).end('expired');
    }
    fetched += 1;
    const path = request.url ?? '';
    const picture = pictures[path.length % pictures.length] ?? Buffer.alloc(0);
    response
      .writeHead(200, { 'content-type': 'image/jpeg' })
      .end(Buffer.concat([picture, Buffer.from(path)]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    live: (ms: number) => {
      diesAt = performance.now() + ms;
    },
    fetched: () => fetched,
    late: () => late,
  };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
