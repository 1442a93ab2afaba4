import pg from 'pg';
import { isReadTimeout } from './impatient-client.js';
import { workingPoolConfig } from './pool-config.js';

/**
 * A pool whose connections see one schema first, and whose statements are bounded. When one connection turns
 * out to have gone silent, those that lie idle are given up with it, since the same wire most likely took
 * them too: the next statement gets a new one.
 */
export function openPool(options: {
  readonly url: string;
  readonly max: number;
  readonly schema: string;
  readonly keepsPlans?: boolean;
}): pg.Pool {
  const pool = new pg.Pool(workingPoolConfig(options.url, options.max, options));
  // A connection that dies idle is no news: the next statement gets another.
  pool.on('error', () => undefined);
  const idle = new Set<pg.PoolClient>();
  pool.on('acquire', (client) => idle.delete(client)).on('remove', (client) => idle.delete(client));
  pool.on('release', (error, client) => {
    if (!isReadTimeout(error) && !hasEnded(client)) {
      idle.add(client);
      return;
    }
    for (const silent of idle) cut(silent);
    idle.clear();
  });
  return pool;
}

interface Innards {
  readonly _ending?: boolean;
  readonly connection?: { readonly stream: { destroy(error: Error): void } };
}

/** A client that has ended itself was not answered in time. */
function hasEnded(client: pg.PoolClient): boolean {
  return (client as unknown as Innards)._ending === true;
}

/** As if the connection had broken: the pool then forgets it. */
function cut(client: pg.PoolClient): void {
  (client as unknown as Innards).connection?.stream.destroy(new Error('the connection has gone silent'));
}
