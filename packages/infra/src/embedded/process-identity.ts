import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A string that no two processes share, made of the moment this pid was started; undefined when no such process runs.
 * A pid alone is not enough: after a reboot or in a container the same number soon belongs to something else.
 * A zombie counts as gone, although `kill(pid, 0)` still finds it where nobody reaps.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
}

/** The command line of a running process, or undefined. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  return readOrUndefined(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
}

function linuxIdentity(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces and parentheses; state is the first field after it, start time the 20th.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim();
  return `${pid}:${boot}:${fields[19]}`;
}

function psIdentity(pid: number): string | undefined {
  const line = ps(pid, 'stat=,lstart=');
  return line === undefined || line.startsWith('Z') ? undefined : `${pid}:${line.replace(/^\S+\s+/, '')}`;
}

function ps(pid: number, columns: string): string | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
