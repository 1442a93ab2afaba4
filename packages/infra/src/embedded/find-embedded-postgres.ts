import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { findRunningServer } from './find-running-server.js';
import { superuser } from './initialize-data-folder.js';

/**
 * The address of a database on the server that another process runs on this folder; null when none does. For
 * a look at it: nothing is taken over.
 */
export function findEmbeddedPostgres(folder: string, database: string): string | null {
  if (!existsSync(join(folder, 'password'))) return null;
  const real = realpathSync(folder);
  const running = findRunningServer(join(real, 'data'));
  if (running === undefined) return null;
  const password = readFileSync(join(real, 'password'), 'utf8').trim();
  return `postgresql://${superuser}:${password}@127.0.0.1:${running.port}/${encodeURIComponent(database)}`;
}
