import pg from 'pg';
import { poolConfig } from './pool-config.js';

/** A plain pool whose connections see one schema first; a connection that dies idle is told, not thrown. */
export function openPool(
  databaseUrl: string,
  max: number,
  schema: string,
  onError: (error: Error) => void,
): pg.Pool {
  const pool = new pg.Pool({ ...poolConfig(databaseUrl, max), options: `-c search_path=${schema}` });
  pool.on('error', onError);
  return pool;
}
