import {
  createPostgresBackend,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';

const NAME = `catwalk-bench-naive-${process.pid}`;

/** BullMQ as its guide has it, on either of its backends. */
export async function openNaiveQueue(databaseUrl: string, redisUrl: string | undefined): Promise<Queue> {
  if (redisUrl) return new Queue(NAME, { connection: { url: redisUrl } });
  const OnPostgres = withBackend(createPostgresBackend).Queue;
  return new OnPostgres(NAME, { connection: onPostgres(databaseUrl) }) as unknown as Queue;
}

/** Its worker, beside the queue of the same process. */
export function openNaiveWorker(
  databaseUrl: string,
  redisUrl: string | undefined,
  run: Processor,
  options: Omit<WorkerOptions, 'connection'>,
): Worker {
  if (redisUrl) return new Worker(NAME, run, { ...options, connection: { url: redisUrl } });
  const OnPostgres = withBackend(createPostgresBackend).Worker;
  const connection = onPostgres(databaseUrl);
  return new OnPostgres(NAME, run, { ...options, connection } as never) as unknown as Worker;
}

function onPostgres(databaseUrl: string) {
  return { connectionString: databaseUrl, max: 10, migrate: true };
}
