import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type LaneBackend, QUEUE_DEFAULTS, WORKER_DEFAULTS } from './lane-backend.js';
import type { LanesOptions } from './open-lanes.js';

const CONNECT_TIMEOUT_MS = 4_000;
/** An answer that is due and does not come: shorter than a call may take, so that no call outlives its caller. */
const SILENT_AFTER_MS = 4_000;
const RETRY_MAX_MS = 1_000;

/**
 * BullMQ on Redis. A call made, or under way, while Redis is away fails: a pull that waited in memory would run
 * later, with nobody to take what it pulls. A connection that owes an answer for too long is made anew.
 */
export async function openRedisBackend(
  options: Pick<LanesOptions, 'redisUrl' | 'installId' | 'onError' | 'onWorked'>,
): Promise<LaneBackend> {
  const connection = new Redis(options.redisUrl ?? '', {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENT_AFTER_MS,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(times * 200, RETRY_MAX_MS),
    lazyConnect: true,
  });
  connection.on('error', options.onError).on('ready', () => options.onWorked?.());
  connection.connect().catch(options.onError);
  shareWrites(connection);
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
    connected: () => untilReady(connection),
    ping: async () => {
      await connection.ping();
    },
    close: async () => connection.disconnect(),
  };
}

/** Waits for a connection that is being made, and for no other. */
async function untilReady(connection: Redis): Promise<void> {
  const { status } = connection;
  if (status === 'ready') return;
  if (status === 'connecting' || status === 'connect') {
    const waiting = new AbortController();
    const events = ['ready', 'close', 'end'].map((event) => once(connection, event, waiting));
    await Promise.race(events).finally(() => waiting.abort());
    for (const event of events) event.catch(() => undefined);
  }
  if ((connection.status as string) !== 'ready') throw new Error('Redis cannot be reached');
}

/** Commands that are given in one turn of the event loop leave in one write. */
function shareWrites(connection: Redis): void {
  const send = connection.sendCommand.bind(connection);
  connection.sendCommand = (command, ...more) => {
    const { stream } = connection;
    if (stream && !stream.writableCorked) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    return send(command, ...more);
  };
}
