import type { PoolConfig } from 'pg';

/**
 * Connection settings every pool of ours shares. Keep-alive lets a dead peer be noticed; the connect timeout
 * bounds how long a request can hang on a server that swallows packets.
 */
export function poolConfig(databaseUrl: string, max: number): PoolConfig {
  return {
    connectionString: databaseUrl,
    max,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'catwalk',
  };
}
