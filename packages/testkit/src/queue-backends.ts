import { describe } from 'vitest';
import { redisForTests } from './redis-for-tests.js';

/** One way to run the queue: BullMQ on its PostgreSQL backend, or on Redis. */
export type QueueBackend =
  | { name: 'postgres' }
  | { name: 'redis'; url: string }
  | { name: 'redis'; skipped: string };

/** Both backends; Redis says `skipped`, and why, where there is no server. */
export function queueBackends(): QueueBackend[] {
  return [{ name: 'postgres' }, { name: 'redis', ...redisForTests() }];
}

/**
 * Describes the same guarantees once per backend. Where Redis is missing its suite stands in the report by name, as
 * skipped. Use `redisUrl` inside hooks and tests only: a skipped suite is still collected, and has none.
 */
export function describeOnEachBackend(
  title: string,
  suite: (backend: { name: 'postgres' | 'redis'; redisUrl: string | undefined }) => void,
): void {
  for (const backend of queueBackends()) {
    const isSkipped = 'skipped' in backend;
    const fullTitle = `${title} (queue on ${backend.name})${isSkipped ? `: ${backend.skipped}` : ''}`;
    const redisUrl = 'url' in backend ? backend.url : undefined;
    describe.skipIf(isSkipped)(fullTitle, () => suite({ name: backend.name, redisUrl }));
  }
}
