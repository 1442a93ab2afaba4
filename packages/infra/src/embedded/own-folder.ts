import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { processIdentity } from './process-identity.js';

/**
 * Makes this process the only owner of a data folder until the returned function is called or the process dies.
 * The lock is a file with the owner's identity; one left by a dead process is taken over.
 */
export function ownFolder(folder: string): () => void {
  const lock = join(folder, 'owner.json');
  const mine = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (claim(lock, mine)) return () => release(lock, mine);
    const found = read(lock);
    if (found !== undefined && isOwnerAlive(found)) throw refusal(folder, found);
    if (found !== undefined) setAside(lock, found);
  }
  throw new EmbeddedPostgresError(
    `Another process is starting on ${folder} right now; try again in a moment.`,
  );
}

/** Written in full first and then linked, so that nobody ever reads half a lock. */
function claim(lock: string, mine: string): boolean {
  const draft = `${lock}.${randomUUID()}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isOwnerAlive(content: string): boolean {
  const owner = parseOwner(content);
  return owner?.identity !== undefined && processIdentity(owner.pid) === owner.identity;
}

/** Another process may have taken over in between: then what was moved is not what was judged, and goes back. */
function setAside(lock: string, judged: string): void {
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
    if (readFileSync(aside, 'utf8') !== judged) linkSync(aside, lock);
  } catch {
    // Someone else moved it first; the next round reads what stands there now.
  } finally {
    rmSync(aside, { force: true });
  }
}

function release(lock: string, mine: string): void {
  if (read(lock) === mine) rmSync(lock, { force: true });
}

function refusal(folder: string, content: string): EmbeddedPostgresError {
  const pid = parseOwner(content)?.pid;
  return new EmbeddedPostgresError(
    `Another Catwalk (process ${pid}) is running on ${folder}; stop it first, or give this one its own CATWALK_HOME.`,
  );
}

function parseOwner(content: string): { pid: number; identity?: string } | undefined {
  try {
    const owner: unknown = JSON.parse(content);
    if (typeof owner !== 'object' || owner === null) return undefined;
    const { pid, identity } = owner as Record<string, unknown>;
    if (typeof pid !== 'number') return undefined;
    return typeof identity === 'string' ? { pid, identity } : { pid };
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
