import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Ends this process, by the same SIGTERM as anybody else would, when the npm that started it is gone: a killed npm
 * passes nothing on. npm 10 leaves an `sh -c` between itself and us, which outlives it; so then its parent is watched
 * as well. Without npm nothing is watched: a shell may end and leave us running (nohup).
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const npmBehindShell = isShell(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    const isNpmThere =
      process.ppid === parent && (npmBehindShell === undefined || parentOf(parent) === npmBehindShell);
    if (isNpmThere) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 1_000);
  timer.unref();
}

function isShell(pid) {
  return /\s-c\s.*run\.mjs/.test(commandOf(pid) ?? '');
}

function commandOf(pid) {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  return read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ');
}

function parentOf(pid) {
  if (process.platform !== 'linux') return Number(ps(pid, 'ppid='));
  const stat = read(`/proc/${pid}/stat`);
  // After the name in parentheses, which may hold spaces: state, parent.
  return Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function ps(pid, column) {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
