import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, processIdentity } from './process-identity.js';

/** A postmaster that is alive on a data folder. */
export interface RunningServer {
  pid: number;
  port: number;
}

/** Bigger than any pid the supported systems give out, so that it is certain to name no process. */
const impossiblePid = 2_147_483_646;

/**
 * The live server of this data folder, if there is one. A pid file whose number now belongs to something else would
 * keep PostgreSQL from starting for ever; it gets a number that names nobody, and PostgreSQL's own check of the shared
 * memory (which an orphaned backend still holds) decides the rest.
 */
export function findRunningServer(dataFolder: string): RunningServer | undefined {
  const path = join(dataFolder, 'postmaster.pid');
  const lines = readLines(path);
  const pid = Number(lines?.[0]);
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return undefined;
  if (isServerOf(pid, dataFolder)) return { pid, port: Number(lines[3]) };
  if (pid !== impossiblePid) writeFileSync(path, [String(impossiblePid), ...lines.slice(1)].join('\n'));
  return undefined;
}

function isServerOf(pid: number, dataFolder: string): boolean {
  if (processIdentity(pid) === undefined) return false;
  const command = commandLine(pid) ?? '';
  return command.includes('postgres') && `${command} `.includes(` ${dataFolder} `);
}

function readLines(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
