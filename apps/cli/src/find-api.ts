import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CliError } from './cli-error.js';

/** Where the API is, and as whom to ask. */
export interface Api {
  readonly url: string;
  readonly key: string | null;
}

export interface Wanted {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** What `npm start` leaves under its home while it runs. */
const leftBehind = z.object({
  url: z.url(),
  mode: z.enum(['sandbox', 'live']),
  pid: z.int().positive(),
  keyFile: z.string().nullable(),
});
type LeftBehind = z.output<typeof leftBehind>;

/**
 * The API that the options or the environment name, else the one that `npm start` runs here. A key of this machine
 * goes only to the address that it belongs to.
 *
 * @throws CliError when none is found, or two are
 */
export function findApi(wanted: Wanted, env: Env, cwd: string): Api {
  const url = set(wanted.url) ?? set(env.CATWALK_URL);
  const key = set(wanted.key) ?? set(env.CATWALK_API_KEY) ?? null;
  const home = homeOf(env, cwd);
  const running = home === null ? [] : runningIn(home);
  if (url !== undefined) {
    const known = running.find((one) => sameOrigin(one.url, url));
    return { url, key: key ?? keyOf(known) };
  }
  const [first, second] = running;
  if (first === undefined) throw new CliError(nothingRuns(home), 'no_api');
  if (second !== undefined)
    throw new CliError(
      `two are running: ${first.url} (${first.mode}) and ${second.url} (${second.mode}); say which with --url`,
      'no_api',
    );
  return { url: first.url, key: key ?? keyOf(first) };
}

function nothingRuns(home: string | null): string {
  const where = home === null ? 'no .catwalk folder is here or above' : `nothing runs by ${home}`;
  return `no running Catwalk was found (${where}): start one with \`npm start\`, or name it with --url or CATWALK_URL`;
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

/** `CATWALK_HOME`, else the nearest `.catwalk` from here upwards. */
function homeOf(env: Env, cwd: string): string | null {
  const named = set(env.CATWALK_HOME);
  if (named !== undefined) return resolve(cwd, named);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const home = join(folder, '.catwalk');
    if (existsSync(home)) return home;
    if (dirname(folder) === folder) return null;
  }
}

function runningIn(home: string): LeftBehind[] {
  return ['sandbox', 'live'].flatMap((mode) => {
    const found = readLeftBehind(join(home, mode, 'api.json'));
    return found !== null && isAlive(found.pid) ? [found] : [];
  });
}

/** Null for what is not there, cannot be read, or was put there by somebody else. */
function readLeftBehind(path: string): LeftBehind | null {
  try {
    if (process.getuid !== undefined && statSync(path).uid !== process.getuid()) return null;
    return leftBehind.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** A start that was killed leaves its file behind. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function keyOf(running: LeftBehind | undefined): string | null {
  if (running === undefined || running.keyFile === null) return null;
  try {
    return readFileSync(running.keyFile, 'utf8').trim();
  } catch (error) {
    throw new CliError(`the key in ${running.keyFile} cannot be read: ${(error as Error).message}`, 'no_key');
  }
}

function sameOrigin(one: string, other: string): boolean {
  return URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}
