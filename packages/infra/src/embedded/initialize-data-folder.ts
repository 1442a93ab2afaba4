import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerUser } from './choose-server-user.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { type Binaries, serverEnvironment } from './find-binaries.js';
import type { Layout } from './prepare-folder.js';

/** The one superuser of an embedded server. */
export const superuser = 'catwalk';

/** Whether the folder already holds a database of this major version; another version is refused. */
export function hasDataFolder(layout: Layout, majorVersion: string): boolean {
  if (!existsSync(layout.dataFolder)) return false;
  const made = readFileSync(join(layout.dataFolder, 'PG_VERSION'), 'utf8').trim();
  if (made === majorVersion) return true;
  throw new EmbeddedPostgresError(
    `${layout.dataFolder} was made by PostgreSQL ${made} and this is ${majorVersion}: ` +
      'dump and restore it with the old version, or choose another CATWALK_HOME.',
  );
}

/** Runs initdb beside the final place and moves the result there, so that an interrupted one is never taken for data. */
export async function initializeDataFolder(
  layout: Layout,
  binaries: Binaries,
  options: { password: string; user: ServerUser | undefined; durable: boolean },
): Promise<void> {
  const draft = `${layout.dataFolder}.new`;
  const passwordFile = `${layout.passwordFile}.new`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  try {
    mkdirSync(draft, { mode: 0o700 });
    // The server's user cannot read our own password file; this copy is deleted again below.
    writeFileSync(passwordFile, options.password, { mode: 0o600 });
    for (const path of options.user ? [draft, passwordFile] : []) give(path, options.user);
    await runInitdb(
      binaries,
      initdbArguments(draft, passwordFile, options.durable),
      layout.folder,
      options.user,
    );
    renameSync(draft, layout.dataFolder);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

function initdbArguments(draft: string, passwordFile: string, durable: boolean): string[] {
  return [
    ...['--pgdata', draft, '--username', superuser, '--pwfile', passwordFile],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    ...(durable ? [] : ['--no-sync']),
  ];
}

async function runInitdb(binaries: Binaries, args: string[], cwd: string, user?: ServerUser): Promise<void> {
  const child = spawn(binaries.initdb, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
    env: serverEnvironment(),
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code === 0) return;
  const reason = output.trim().split('\n').slice(-3).join(' ');
  throw new EmbeddedPostgresError(`The database in ${cwd} could not be created: ${reason}`);
}

function give(path: string, user: ServerUser | undefined): void {
  if (user) chownSync(path, user.uid, user.gid);
}
