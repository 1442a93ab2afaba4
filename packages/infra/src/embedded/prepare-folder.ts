import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { makeFolder } from './make-folder.js';

/** Everything an embedded server keeps, in one folder. */
export interface Layout {
  folder: string;
  dataFolder: string;
  passwordFile: string;
  logFile: string;
}

/**
 * Group and others may not read or write. As root they may pass through, because the server itself then runs as a
 * user who is one of those others.
 */
export function privateFolderMode(): number {
  return process.getuid?.() === 0 ? 0o711 : 0o700;
}

/** Makes the folder if it is missing and says where things are in it. */
export function prepareFolder(path: string): Layout {
  try {
    makeFolder(path, privateFolderMode());
    const folder = realpathSync(path);
    chmodSync(folder, privateFolderMode());
    return {
      folder,
      dataFolder: join(folder, 'data'),
      passwordFile: join(folder, 'password'),
      logFile: join(folder, 'postgres.log'),
    };
  } catch (error) {
    throw notWritable(path, error);
  }
}

/** The password of this folder's server: random, and on disk before the server that will ask for it is made. */
export function readOrMakePassword(layout: Layout, hasData: boolean): string {
  const kept = readPassword(layout.passwordFile);
  if (kept !== undefined) return kept;
  if (hasData) {
    throw new EmbeddedPostgresError(
      `${layout.dataFolder} holds data, but its password file ${layout.passwordFile} is missing or empty; put it back.`,
    );
  }
  const password = randomBytes(32).toString('base64url');
  const file = openSync(layout.passwordFile, 'w', 0o600);
  writeFileSync(file, password);
  fsyncSync(file);
  closeSync(file);
  return password;
}

/** A failed look at or write to the folder, as one sentence. */
export function notWritable(path: string, error: unknown): EmbeddedPostgresError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new EmbeddedPostgresError(
    `The folder ${path} cannot be used for the database (${code}): it must be writable by you.`,
  );
}

function readPassword(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw notWritable(path, error);
  }
}
