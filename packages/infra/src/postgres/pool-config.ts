import type pg from 'pg';
import { type PlanKeepingClient, planKeepingClient } from './plan-keeping-client.js';

/** No statement of ours takes this long: one that does is ended by the server, and its connection is kept. */
const STATEMENT_TIMEOUT_MS = 7_000;
/** A statement that the server has not even ended by then was swallowed on the way: the connection is given up. */
const QUERY_TIMEOUT_MS = 8_000;
/** What a connection that nobody answers any more has locked is freed after this. */
const IDLE_TRANSACTION_MS = 12_000;

/**
 * Connection settings every pool of ours shares. Keep-alive lets a dead peer be noticed; the time limits bound
 * how long a request can hang on a server that swallows packets.
 */
export function poolConfig(databaseUrl: string, max: number): pg.PoolConfig {
  return {
    connectionString: databaseUrl,
    max,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'catwalk',
  };
}

/**
 * Those of a pool for work: no statement in it waits for ever. The limits are set by a statement, since poolers
 * refuse what they do not know of in the parameters of a connection.
 *
 * @param of.schema which one its connections see first
 * @param of.keepsPlans whether plans of statements marked for it are kept, see `plan-keeping-client.ts`
 */
export function workingPoolConfig(
  databaseUrl: string,
  max: number,
  { schema, keepsPlans = false }: { readonly schema: string; readonly keepsPlans?: boolean },
): pg.PoolConfig {
  const limits = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS};
    SET idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_MS}; SET search_path = ${schema}`;
  return {
    ...poolConfig(databaseUrl, max),
    Client: planKeepingClient(),
    query_timeout: QUERY_TIMEOUT_MS,
    onConnect: async (client) => {
      await client.query(limits);
      if (keepsPlans) await (client as pg.ClientBase & PlanKeepingClient).keepPlans();
    },
  };
}
