import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The system user that a server must run as. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root has it run as somebody without rights: the user who already owns the data,
 * else `postgres` or `nobody`, else a new system user. Undefined for everybody who is not root.
 */
export function chooseServerUser(dataFolder: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = existsSync(dataFolder) ? statSync(dataFolder) : undefined;
  if (owner !== undefined && owner.uid !== 0)
    return { name: `#${owner.uid}`, uid: owner.uid, gid: owner.gid };
  const user = findUser('postgres') ?? findUser('nobody') ?? makeUser('catwalk-postgres');
  if (user !== undefined) return user;
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root and no unprivileged user could be made; start as an ordinary user or set DATABASE_URL.',
  );
}

/** Fails, naming the folder in the way, when the server's user cannot enter one of these folders. */
export function requireReachable(folders: readonly string[], user: ServerUser): void {
  const script = 'for folder; do test -x "$folder" || { printf %s "$folder"; exit 1; }; done';
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script, 'sh', ...folders.flatMap(withAncestors)], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new EmbeddedPostgresError(
    `PostgreSQL runs as the user ${user.name}, who cannot enter ${stdout}: move Catwalk and CATWALK_HOME out of it ` +
      '(to /srv or /opt, say), start as an ordinary user, or set DATABASE_URL.',
  );
}

function withAncestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...withAncestors(parent), folder];
}

function findUser(name: string): ServerUser | undefined {
  const uid = Number(id('-u', name));
  const gid = Number(id('-g', name));
  return uid > 0 && gid > 0 ? { name, uid, gid } : undefined;
}

function makeUser(name: string): ServerUser | undefined {
  if (findUser(name) === undefined) {
    spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', name]);
  }
  return findUser(name);
}

function id(flag: string, name: string): string {
  const { stdout, status } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}
