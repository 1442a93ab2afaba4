import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { askServer } from './ask-server.js';
import type { ServerUser } from './choose-server-user.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { type Binaries, serverEnvironment } from './find-binaries.js';
import type { RunningServer } from './find-running-server.js';
import type { Layout } from './prepare-folder.js';
import { type ServerOptions, serverArguments } from './server-arguments.js';

/** Crash recovery of a large database takes its time; an hour of a frozen start helps nobody either. */
const startTimeoutMs = 120_000;

/**
 * Starts a server and returns when it answers. It runs in a process group of its own, so that a
 * terminal's Ctrl-C does not take it away from under those who still have something to write.
 */
export async function launchServer(
  layout: Layout,
  binaries: Binaries,
  options: ServerOptions & {
    user: ServerUser | undefined;
    urlOf(port: number): string;
    /** Where the server was before, when its clients still look for it there; else any free port. */
    port?: number;
  },
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const child = spawnServer(
      layout,
      binaries,
      serverArguments(layout.dataFolder, port, options),
      options.user,
    );
    try {
      await untilAnswering(child, options.urlOf(port));
      return { pid: child.pid as number, port };
    } catch (error) {
      child.kill('SIGQUIT');
      const lastLines = readLastLines(layout.logFile);
      // Between our look and its bind somebody else may have taken the port.
      if (options.port === undefined && attempt < 5 && lastLines.includes('Address already in use')) continue;
      throw new EmbeddedPostgresError(
        `PostgreSQL in ${layout.folder} ${(error as Error).message}: ${explain(lastLines)}`,
      );
    }
  }
}

const DATA_IN_USE = /lock file "postmaster\.pid" already exists|pre-existing shared memory block/;

/** PostgreSQL asks whether another server runs; what it has met here are the last processes of one that was killed. */
function explain(lastLines: string): string {
  if (!DATA_IN_USE.test(lastLines)) return lastLines;
  return 'processes of the server that was killed still hold its data; it can start when they have ended';
}

function spawnServer(layout: Layout, binaries: Binaries, args: string[], user?: ServerUser): ChildProcess {
  // The log of the last run is kept: after a crash it is what one wants to read.
  if (existsSync(layout.logFile)) renameSync(layout.logFile, `${layout.logFile}.previous`);
  const log = openSync(layout.logFile, 'a', 0o600);
  const child = spawn(binaries.postgres, args, {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: layout.folder,
    env: serverEnvironment(),
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  closeSync(log);
  child.on('error', () => {});
  child.unref();
  return child;
}

async function untilAnswering(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error('ended while starting');
    }
    try {
      await askServer(url, 'SELECT 1');
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code === '28P01')
        throw new Error('does not take the stored password');
      if (performance.now() > deadline) throw new Error(`did not answer within ${startTimeoutMs / 1000} s`);
    }
    await sleep(20);
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

function readLastLines(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-4).join(' | ') || '(its log is empty)';
  } catch {
    return '(it wrote no log)';
  }
}
