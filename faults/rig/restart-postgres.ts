import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, runSql } from '@catwalk/testkit';

/** A server that can crash and come back on its port. */
export interface CrashingPostgres {
  /** Ends every process of the server at once, as a crash does. */
  crash(): Promise<void>;
  /** Starts it on its own data again and waits until it answers. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** Crashes and restarts the server of a folder by the command line it was started with. */
export function crashPostgres(ground: { folder: string; pid: number }, url: string): CrashingPostgres {
  const dataFolder = join(ground.folder, 'data');
  let pid = ground.pid;
  let child: ChildProcess | undefined;
  return {
    crash: async () => {
      process.kill(pid, 'SIGQUIT');
      if (child === undefined) await eventually(() => requireGone(pid));
      else if (child.exitCode === null) await once(child, 'exit');
    },
    comeBack: async () => {
      const [program = '', ...args] = readCommandLine(dataFolder);
      const { uid, gid } = statSync(dataFolder);
      const user = process.getuid?.() === 0 ? { uid, gid } : {};
      child = spawn(program, args, { cwd: ground.folder, stdio: 'ignore', detached: true, ...user });
      pid = child.pid ?? 0;
      await eventually(() => runSql(url, 'SELECT 1'), { timeoutMs: 60_000 });
    },
    close: async () => {
      if (child === undefined || child.exitCode !== null) return;
      process.kill(pid, 'SIGQUIT');
      await Promise.race([once(child, 'exit'), sleep(5_000)]);
    },
  };
}

function requireGone(pid: number): void {
  try {
    process.kill(pid, 0);
  } catch {
    return;
  }
  // A server whose parent has not noticed yet is a zombie: gone, but for its number.
  if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return;
  throw new Error('the server is still there');
}

function readCommandLine(dataFolder: string): string[] {
  const line = readFileSync(join(dataFolder, 'postmaster.opts'), 'utf8').trim();
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}
