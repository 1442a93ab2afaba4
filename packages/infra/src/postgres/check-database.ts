import pg from 'pg';
import type { CheckResult } from '../process/report-checks.js';
import { checkNotifications } from './check-pooling.js';
import {
  type ClockReading,
  judgeAddress,
  judgeClock,
  judgeConnections,
  judgeDurability,
  judgeOwner,
  judgeVersion,
  type ServerFacts,
} from './judge-server.js';
import type { Mode } from './own-database.js';

export interface DatabaseCheckOptions {
  readonly url: string;
  readonly mode: Mode;
  /** How many connections this process may open, given the number of accounts. */
  connections(accounts: number): number;
  /** This machine's clock, unless told. */
  nowMs?(): number;
}

/**
 * Looks at everything about the database that could break a promise later and would be hard to see then.
 * Changes nothing; the database may be empty.
 *
 * @throws when the server cannot be reached
 */
export async function checkDatabase(options: DatabaseCheckOptions): Promise<CheckResult[]> {
  const address = judgeAddress(options.url);
  if (address.severity === 'refuse') return [address];
  const clients = [connect(options.url), connect(options.url)] as const;
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const { facts, accounts, clock } = await readServer(clients[0], options.nowMs ?? Date.now);
    const suited = [address, judgeVersion(facts), judgeOwner(facts, options.mode)];
    // How a server is set up that we may not use is not ours to judge.
    if (suited.some((result) => result.severity === 'refuse')) return suited;
    return [
      ...suited,
      judgeDurability(facts, options.mode),
      judgeClock(clock),
      judgeConnections(facts, options.connections(accounts)),
      await checkNotifications(...clients),
    ];
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

function connect(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    application_name: 'catwalk check',
  });
  // A connection that breaks while idle reports it here; without a listener that would end the process.
  client.on('error', () => undefined);
  return client;
}

/** How many connections this check holds itself. */
const OWN_CONNECTIONS = 2;

async function readServer(
  client: pg.Client,
  nowMs: () => number,
): Promise<{ facts: ServerFacts; accounts: number; clock: ClockReading }> {
  const beforeMs = nowMs();
  const clock = await ask<{ ms: number }>(
    client,
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
  );
  const afterMs = nowMs();
  const server = await ask<Omit<ServerFacts, 'owner'> & { isOurs: boolean }>(
    client,
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS "versionNumber",
       current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS "synchronousCommit",
       current_setting('max_connections')::int AS "maxConnections",
       current_setting('superuser_reserved_connections')::int
         + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
       to_regclass('catwalk.account') IS NOT NULL AND to_regclass('catwalk.setting') IS NOT NULL AS "isOurs"`,
  );
  const ours = server.isOurs
    ? await ask<{ accounts: number; owner: string | null }>(
        client,
        `SELECT (SELECT count(*)::int FROM catwalk.account WHERE configured) AS accounts,
           (SELECT value FROM catwalk.setting WHERE key = 'mode') AS owner`,
      )
    : { accounts: 0, owner: null };
  const facts = { ...server, owner: ours.owner, used: Math.max(0, server.used - OWN_CONNECTIONS) };
  return { facts, accounts: ours.accounts, clock: { beforeMs, serverMs: clock.ms, afterMs } };
}

async function ask<Row extends object>(client: pg.Client, sql: string): Promise<Row> {
  const { rows } = await client.query<Row>(sql);
  const [row] = rows;
  if (row === undefined) throw new Error('the server answered a check without a row');
  return row;
}
