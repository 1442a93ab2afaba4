/** What is out when the queue is: without a Redis it is PostgreSQL itself. */
export function nameQueueOutage(redisUrl: string | null | undefined): 'queue' | 'postgres' {
  return typeof redisUrl === 'string' ? 'queue' : 'postgres';
}

/** A call to the queue's server that failed or was not answered in time. Whoever opened the lanes has been told. */
export class QueueError extends Error {
  override name = 'QueueError';
}
