import { createPostgresBackend, Queue, withBackend } from 'bullmq';

const NAME = `catwalk-bench-naive-${process.pid}`;

/** BullMQ as its guide has it, on either of its backends. */
export async function openNaiveQueue(databaseUrl: string, redisUrl: string | undefined): Promise<Queue> {
  if (redisUrl) return new Queue(NAME, { connection: { url: redisUrl } });
  const OnPostgres = withBackend(createPostgresBackend).Queue;
  const connection = { connectionString: databaseUrl, max: 10, migrate: true };
  return new OnPostgres(NAME, { connection }) as unknown as Queue;
}
