import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type LaneBackend, QUEUE_DEFAULTS, WORKER_DEFAULTS } from './lane-backend.js';

/** BullMQ on Redis. A call made while Redis is away fails at once instead of waiting in memory. */
export async function openRedisBackend(options: {
  readonly redisUrl: string | null;
  readonly installId: string;
  readonly onError: (error: Error) => void;
}): Promise<LaneBackend> {
  const connection = new Redis(options.redisUrl ?? '', {
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
    lazyConnect: true,
  });
  connection.on('error', options.onError);
  connection.connect().catch(options.onError);
  const prefix = `catwalk-${options.installId}`;
  return {
    name: 'redis',
    openQueue: (name) => {
      const queue = new Queue(name, { connection, prefix, ...QUEUE_DEFAULTS });
      queue.on('error', options.onError);
      return queue;
    },
    openWorker: (name) => {
      const worker = new Worker(name, null, { connection, prefix, ...WORKER_DEFAULTS });
      worker.on('error', options.onError);
      worker.startStalledCheckTimer().catch(options.onError);
      return worker;
    },
    ping: async () => {
      await connection.ping();
    },
    close: async () => connection.disconnect(),
  };
}
