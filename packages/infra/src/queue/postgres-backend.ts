import { createPostgresBackend, type PgPool, runMigrations, withBackend } from 'bullmq';
import { openPool } from '../postgres/open-pool.js';
import { type LaneBackend, QUEUE_DEFAULTS, WORKER_DEFAULTS } from './lane-backend.js';

const { Queue, Worker } = withBackend(createPostgresBackend);

/** Connections per lane and side: one that BullMQ listens on, and two for its statements. */
const POOL_MAX = 3;

/**
 * How many connections lanes on PostgreSQL may open: a small pool for the control, and one per lane for each
 * side of it that a process uses. There is a lane per account, and one for jobs that any account may take.
 */
export function laneConnections(accounts: number, sides: 'add' | 'add-and-pull'): number {
  return POOL_MAX * (1 + (accounts + 1) * (sides === 'add' ? 1 : 2));
}

/**
 * BullMQ on PostgreSQL, in a schema `bullmq` of its own beside ours. Each queue and worker has a small pool,
 * since a worker keeps one connection for listening.
 */
export async function openPostgresBackend(options: {
  readonly databaseUrl: string;
  readonly onError: (error: Error) => void;
}): Promise<LaneBackend> {
  const pools: ReturnType<typeof openPool>[] = [];
  // BullMQ describes the pool it takes in its own words; a pg pool is one.
  const connect = () => {
    const pool = openPool(options.databaseUrl, POOL_MAX, 'bullmq', options.onError);
    pools.push(pool);
    return pool;
  };
  const control = connect();
  await migrateQueue(control);
  return {
    name: 'postgres',
    openQueue: (name) => {
      const queue = new Queue(name, { connection: connect() as unknown as PgPool, ...QUEUE_DEFAULTS });
      queue.on('error', options.onError);
      return queue;
    },
    openWorker: (name) => {
      const worker = new Worker(name, null, {
        connection: connect() as unknown as PgPool,
        ...WORKER_DEFAULTS,
      });
      worker.on('error', options.onError);
      worker.startStalledCheckTimer().catch(options.onError);
      return worker;
    },
    ping: async () => {
      await control.query('SELECT 1');
    },
    close: async () => {
      await Promise.allSettled(pools.map((pool) => pool.end()));
    },
  };
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
