import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** CPU time of a process and its children, those that ended included; null where there is no /proc. */
export function readServerCpuMs(pid: number): number | null {
  try {
    let ticks = 0;
    for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) ticks += ticksOf(name, pid);
    return (ticks * 1_000) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

/** The fields of proc(5), counted behind the program's name, which may hold anything. */
function ticksOf(name: string, pid: number): number {
  const fields = readStat(name);
  const [ppid, utime, stime, cutime, cstime] = [1, 11, 12, 13, 14].map((index) => Number(fields[index] ?? 0));
  if (Number(name) === pid) return (utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0);
  return ppid === pid ? (utime ?? 0) + (stime ?? 0) : 0;
}

function readStat(name: string): string[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It ended between being listed and being read.
    return [];
  }
}
