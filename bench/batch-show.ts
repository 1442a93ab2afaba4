import { setTimeout as sleep } from 'node:timers/promises';
import { batchSchema } from '@catwalk/contract';
import { type Database, lineId, makeId } from '@catwalk/infra/postgres';
import { API_KEY } from './accept.js';
import type { BenchPostgres } from './bench-postgres.js';
import { runSlots, type SlotsRun } from './run-slots.js';
import { startContender } from './start-contender.js';

const LINES = 500_000;
/** Of them so many have ended before: a batch in the middle of its run. */
const ENDED = 200_000;
/** Stored in one statement, each of which must end in time. */
const LINES_AT_ONCE = 50_000;
const SAMPLES = 1_000;
/** Between two requests, so that the run moves on. */
const PAUSE_MS = 10;
const TARGET_P99_MS = 20;
/** Of each task: 50 jobs a second end. */
const TASK_MS = 1_000;

/**
 * How long it takes to show a large batch while workers end its jobs, each sample a request of its own. Beside each
 * goes a request that is refused before anything is asked for: what of the time is the machine's.
 *
 * @throws when the counts of a sample do not add up, or go back
 */
export async function benchBatchShow(postgres: BenchPostgres, redisUrl: string | null): Promise<void> {
  const id = makeId('bat');
  let figures: Figures | null = null;
  const run: SlotsRun = {
    title: 'showing a batch',
    redisUrl,
    workers: 1,
    dials: { delayMs: TASK_MS, delayJitter: 0.2 },
    seed: (db) => seedRunning(db, id),
    during: async (db) => {
      figures = await sampleBatch(db, redisUrl, id);
    },
  };
  const { cpuMs } = await runSlots(postgres, run, async () => undefined);
  if (figures !== null) print(figures, cpuMs.elsewhere);
}

/** Stores a batch in the middle of its run by plain SQL: its ids are those of its lines. */
async function seedRunning(db: Database, id: string): Promise<void> {
  const prefix = lineId(id, 0).slice(0, -8);
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.batch (id, client, format, options, state, state_since, priority, total, images, succeeded,
      images_billed, pace, paced_at, started_at, created_at, updated_at)
    VALUES (${id}, 'bench', 'ndjson', '', 'running', now(), 1, ${LINES}, ${LINES}, ${ENDED}, ${ENDED}, 50, now(), now(),
      now(), now())`;
  for (let from = 1; from <= LINES; from += LINES_AT_ONCE)
    await db.prisma.$executeRaw`
    INSERT INTO catwalk.try_on (id, client, origin, batch_id, batch_line, custom_id, human_image, dress_input,
      image_count, priority, lane, flow, status, status_since, due_at, finished_at, created_at, updated_at)
    SELECT ${prefix} || lpad(to_hex(n), 8, '0'), 'bench', 'batch', ${id}, n, 'look-' || n,
      'https://pictures.example/' || n, 'https://pictures.example/dress.jpg', 1, 1, '*', ${id},
      CASE WHEN n <= ${ENDED} THEN 'succeeded' ELSE 'queued' END, now(), now(),
      CASE WHEN n <= ${ENDED} THEN now() END, now(), now()
    FROM generate_series(${from}::int, ${from + LINES_AT_ONCE - 1}::int) n`;
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.batch_result (try_on_id, batch_id)
    SELECT ${prefix} || lpad(to_hex(n), 8, '0'), ${id} FROM generate_series(1, ${ENDED}::int) n`;
  await db.prisma.$executeRawUnsafe('VACUUM ANALYZE catwalk.batch, catwalk.batch_result');
}

interface Figures {
  readonly shownMs: readonly number[];
  readonly refusedMs: readonly number[];
  readonly endedPerSecond: number;
}

async function sampleBatch(db: Database, redisUrl: string | null, id: string): Promise<Figures> {
  const where = { DATABASE_URL: db.url, REDIS_URL: redisUrl ?? '', API_PORT: '0' };
  const api = await startContender('api', { MODE: 'sandbox', API_KEYS: `bench:${API_KEY}`, ...where });
  const origin = `http://127.0.0.1:${api.port}`;
  try {
    let ended = ENDED;
    const look = async () => {
      const shown = await lookAt(`${origin}/v1/batches/${id}`);
      if (shown.ended < ended) throw new Error(`${ended} had ended, and now ${shown.ended}`);
      ended = shown.ended;
      return shown.tookMs;
    };
    for (let n = 0; n < SAMPLES / 10 || ended === ENDED; n += 1) await look();
    const [from, startedAt] = [ended, performance.now()];
    const shownMs: number[] = [];
    const refusedMs: number[] = [];
    for (let n = 0; n < SAMPLES; n += 1) {
      shownMs.push(await look());
      await sleep(PAUSE_MS);
      refusedMs.push((await ask(`${origin}/v1/nothing`)).tookMs);
      await sleep(PAUSE_MS);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    return { shownMs, refusedMs, endedPerSecond: (ended - from) / seconds };
  } finally {
    await api.stop();
  }
}

async function ask(url: string) {
  const startedAt = performance.now();
  const { status, text } = await fetch(url, { headers: { authorization: `Bearer ${API_KEY}` } }).then(
    async (response) => ({ status: response.status, text: await response.text() }),
  );
  return { status, text, tookMs: performance.now() - startedAt };
}

async function lookAt(url: string): Promise<{ readonly tookMs: number; readonly ended: number }> {
  const { status, text, tookMs } = await ask(url);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${text}`);
  const { total, counts, waiting } = batchSchema.parse(JSON.parse(text));
  const ended = counts.succeeded + counts.failed + counts.canceled;
  const adds = sum(counts) === LINES && total === LINES && sum(waiting) === LINES - ended;
  if (!adds || Math.min(...Object.values(counts)) < 0) throw new Error(`counts do not add up: ${text}`);
  return { tookMs, ended };
}

const sum = (counts: object) => Object.values(counts).reduce((all, count) => all + count, 0);

function print({ shownMs, refusedMs, endedPerSecond }: Figures, elsewhere: number): void {
  console.log(`\nA batch of ${LINES} try-ons, ${SAMPLES} samples${''.padEnd(11)}p50 ms   p99 ms  slowest`);
  const row = (title: string, latenciesMs: readonly number[]) => {
    const sorted = [...latenciesMs].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
    const cells = [at(0.5), at(0.99), at(1)].map((value) => value.toFixed(1).padStart(9));
    console.log(title.padEnd(46) + cells.join(''));
    return at(0.99);
  };
  const p99 = row('GET /v1/batches/{id}, all counts add up', shownMs);
  row('a request that is refused at once', refusedMs);
  console.log(
    `${endedPerSecond.toFixed(1)} try-ons ended a second; machine elsewhere ${elsewhere.toFixed(2)}`,
  );
  const said = p99 <= TARGET_P99_MS ? 'reached' : 'MISSED';
  console.log(`p99 ${p99.toFixed(1)} ms (target at most ${TARGET_P99_MS} ms: ${said})`);
}
