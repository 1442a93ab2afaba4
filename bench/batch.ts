import { openDatabase } from '@catwalk/infra/postgres';
import { API_KEY, acceptBody, acceptShot, seedAccounts } from './accept.js';
import type { BenchPostgres } from './bench-postgres.js';
import type { ApiReport } from './contenders/api.js';
import { copyBatch } from './copy-batch.js';
import { runLoad } from './load.js';
import { type RunningContender, startContender } from './start-contender.js';
import { uploadLines } from './upload-lines.js';

const NAIVE_REQUESTS = 5_000;
const NAIVE_CONNECTIONS = 64;
const FIRST_LINES = 10_000;
const TARGET = { ofCeiling: 0.4, timesNaive: 8, firstSeconds: 3, peakMb: 300 } as const;

/**
 * A batch of many lines, from its first byte until it is accepted durably, beside its ceiling, the same rows by COPY
 * and one carry window, and a client that sends its lines one by one. Each has a database of its own.
 */
export async function benchBatch(postgres: BenchPostgres, lines: number): Promise<void> {
  const url = await postgres.createDatabase('batch');
  const product = await startApi(url);
  try {
    const first = await upload(product, url, FIRST_LINES);
    await product.report();
    const all = await upload(product, url, lines);
    const { peakMb, heldMs } = (await product.report()) as ApiReport;
    const ceilingUrl = await postgres.createDatabase('batch_ceiling');
    await seedAccounts(ceilingUrl);
    const ceilingSeconds = await copyBatch({ from: url, to: ceilingUrl, batchId: all.id });
    const naiveSeconds = (await runNaive(postgres)) * (lines / NAIVE_REQUESTS);
    print(lines, { ...all, firstSeconds: first.seconds, peakMb, heldMs, ceilingSeconds, naiveSeconds });
  } finally {
    await product.stop();
  }
}

async function startApi(databaseUrl: string): Promise<RunningContender> {
  await seedAccounts(databaseUrl);
  const where = { DATABASE_URL: databaseUrl, REDIS_URL: '', API_PORT: '0' };
  return startContender('api', { MODE: 'sandbox', API_KEYS: `bench:${API_KEY}`, ...where });
}

interface Uploaded {
  readonly id: string;
  readonly seconds: number;
  readonly cpuMs: number;
}

/** @throws when a row of what was accepted is missing */
async function upload(product: RunningContender, databaseUrl: string, lines: number): Promise<Uploaded> {
  const before = await product.cpuMs();
  const { id, seconds } = await uploadLines(product.port, API_KEY, lines, acceptBody);
  const cpuMs = (await product.cpuMs()) - before;
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  const [row] = await db.prisma.$queryRaw<{ found: number }[]>`
    SELECT count(*)::int AS found FROM catwalk.try_on WHERE batch_id = ${id} AND status = 'queued'`;
  await db.close();
  if (row?.found !== lines) throw new Error(`of ${lines} accepted lines ${row?.found} are in the database`);
  return { id, seconds, cpuMs };
}

/** @returns the seconds that it takes to send so many try-ons one by one */
async function runNaive(postgres: BenchPostgres): Promise<number> {
  const api = await startApi(await postgres.createDatabase('batch_naive'));
  const accepted = (_shot: unknown, status: number, body: string) => {
    if (status !== 202) throw new Error(`POST /v1/try-ons answered ${status}: ${body}`);
    return body;
  };
  const shots = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => acceptShot(from + n));
  const load = (from: number, count: number) =>
    runLoad({ port: api.port, connections: NAIVE_CONNECTIONS, shots: shots(from, count), accepted });
  try {
    await load(0, NAIVE_REQUESTS / 5);
    return (await load(NAIVE_REQUESTS, NAIVE_REQUESTS)).seconds;
  } finally {
    await api.stop();
  }
}

interface Figures extends Uploaded {
  readonly firstSeconds: number;
  readonly peakMb: number;
  readonly heldMs: ApiReport['heldMs'];
  readonly ceilingSeconds: number;
  readonly naiveSeconds: number;
}

function print(lines: number, figures: Figures): void {
  const { seconds, cpuMs, firstSeconds, peakMb, heldMs, ceilingSeconds, naiveSeconds } = figures;
  const row = (title: string, time: number) =>
    console.log(title.padEnd(44) + time.toFixed(2).padStart(8) + (lines / time).toFixed(0).padStart(10));
  console.log(`\nA batch of ${lines} lines${''.padEnd(20)} seconds    rows/s`);
  row('POST /v1/batches, until accepted durably', seconds);
  row('ceiling: the same rows by COPY, one window', ceilingSeconds);
  row(`naive: POST /v1/try-ons, ${NAIVE_CONNECTIONS} connections (scaled)`, naiveSeconds);
  console.log(
    `CPU of the API: ${(cpuMs / 1_000).toFixed(2)} s; its memory at its highest: ${peakMb.toFixed(0)} MB`,
  );
  console.log(
    `its event loop was held for ${heldMs.p50.toFixed(0)} ms (p50), ${heldMs.p99.toFixed(0)} ms (p99), ${heldMs.max.toFixed(0)} ms at most`,
  );
  const judged = [
    saying('of its ceiling', ceilingSeconds / seconds, TARGET.ofCeiling, 'at least'),
    saying('times the naive', naiveSeconds / seconds, TARGET.timesNaive, 'at least'),
    saying(`s for ${FIRST_LINES} lines`, firstSeconds, TARGET.firstSeconds, 'at most'),
    saying('MB', peakMb, TARGET.peakMb, 'at most'),
  ];
  console.log(judged.join('\n'));
}

function saying(what: string, value: number, target: number, bound: 'at least' | 'at most'): string {
  const holds = bound === 'at least' ? value >= target : value <= target;
  return `${value.toFixed(2)} ${what} (target ${bound} ${target}: ${holds ? 'reached' : 'MISSED'})`;
}
