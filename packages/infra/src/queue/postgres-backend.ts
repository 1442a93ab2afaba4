import { createPostgresBackend, type PgPool, runMigrations, withBackend } from 'bullmq';
import { DELIVERIES_LANE } from '../postgres/index.js';
import { openPool } from '../postgres/open-pool.js';
import { within } from '../process/within.js';
import { type LaneBackend, QUEUE_DEFAULTS, WORKER_DEFAULTS } from './lane-backend.js';

const { Queue, Worker } = withBackend(createPostgresBackend);

/** Connections per lane and side: one that BullMQ listens on, and two for its statements. */
const POOL_MAX = 3;
/** Deliveries are pulled and completed one by one, hundreds in a second: these wait for each other on two. */
const DELIVERIES_POOL_MAX = 8;
const SIDE_CLOSE_MS = 1_000;

/**
 * How many connections lanes on PostgreSQL may open: a small pool for the control, and one per lane for each
 * side of it that a process uses. There is a lane per account, one for jobs that any account may take, and, for who
 * pulls, one for deliveries.
 */
export function laneConnections(accounts: number, sides: 'add' | 'add-and-pull'): number {
  const lanes = accounts + 1;
  if (sides === 'add') return POOL_MAX * (1 + lanes);
  return POOL_MAX * (1 + 2 * lanes + 1) + DELIVERIES_POOL_MAX;
}

/**
 * BullMQ on PostgreSQL, in a schema `bullmq` of its own beside ours. Each queue and worker has a small pool,
 * since a worker keeps one connection for listening.
 */
export async function openPostgresBackend(options: { readonly databaseUrl: string }): Promise<LaneBackend> {
  const connect = (max = POOL_MAX) => openPool({ url: options.databaseUrl, max, schema: 'bullmq' });
  const control = connect();
  await migrateQueue(control);
  return {
    name: 'postgres',
    openQueue: (name) => {
      const pool = connect();
      const queue = new Queue(name, { connection: asPgPool(pool), ...QUEUE_DEFAULTS });
      queue.on('error', ignore);
      return {
        addBulk: (jobs) => queue.addBulk(jobs),
        close: () => closeBoth(queue, pool),
      };
    },
    openWorker: (name) => {
      const pool = connect(name === DELIVERIES_LANE ? DELIVERIES_POOL_MAX : POOL_MAX);
      const worker = new Worker(name, null, { connection: asPgPool(pool), ...WORKER_DEFAULTS });
      worker.on('error', ignore);
      worker.startStalledCheckTimer().catch(ignore);
      return {
        getNextJob: (token, { block }) => worker.getNextJob(token, { block }),
        close: () => closeBoth(worker, pool),
      };
    },
    connected: async () => undefined,
    ping: async () => {
      await control.query('SELECT 1');
    },
    close: () => control.end(),
  };
}

/** A connection that breaks while idle is no news: the pool makes another, and a call that fails tells by itself. */
const ignore = () => undefined;

/** BullMQ describes the pool it takes in its own words; a pg pool is one. */
function asPgPool(pool: ReturnType<typeof openPool>): PgPool {
  return pool as unknown as PgPool;
}

/** BullMQ gives its listening connection back to the pool; the pool ends them all, also when that hangs. */
async function closeBoth(side: { close(): Promise<void> }, pool: ReturnType<typeof openPool>): Promise<void> {
  await Promise.allSettled([within(SIDE_CLOSE_MS, side.close(), 'closing a lane')]);
  await pool.end();
}

/** BullMQ's own migrations, on one connection; they take their own lock. */
async function migrateQueue(pool: ReturnType<typeof openPool>): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, 'bullmq');
  } finally {
    client.release();
  }
}
