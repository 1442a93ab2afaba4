import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppProcess, startProcess } from './app-process.js';
import { type Client, createClient } from './create-client.js';

/** `npm start` as a person types it, on any free ports, in a process group of its own. */
export interface NpmStart extends AppProcess, Client {
  /** Waits for `catwalk ready` and returns how long that took. */
  untilReady(timeoutMs?: number): Promise<number>;
}

export function npmStart(env: Readonly<Record<string, string>>, ...args: readonly string[]): NpmStart {
  const startedAt = performance.now();
  const ports = { API_PORT: '0', WEBHOOK_PORT: '0', SIMULATOR_PORT: '0' };
  const run = startProcess('npm', ['start', '--', ...args], { ...ports, ...env });
  const client = () => createClient(addressIn(run.output(), 'api'));
  return {
    ...run,
    get: (...request) => client().get(...request),
    post: (...request) => client().post(...request),
    untilReady: async (timeoutMs = 60_000) => {
      await run.untilSaid('catwalk ready\n', timeoutMs);
      return performance.now() - startedAt;
    },
  };
}

/** The address that the banner names for a part. */
export function addressIn(output: string, part: string): string {
  const address = new RegExp(`^ +${part} +(http\\S+)$`, 'm').exec(output)?.[1];
  if (address === undefined) throw new Error(`no address of the ${part} in: ${output}`);
  return address;
}

/** A folder for `CATWALK_HOME` that the database's own user can reach. */
export function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'catwalk-home-'));
  chmodSync(home, 0o711);
  return home;
}

/** Removes it, together with a database server that a killed run left behind. */
export function removeHome(home: string): void {
  for (const mode of ['sandbox', 'live']) {
    try {
      const [pid] = readFileSync(join(home, mode, 'postgres/data/postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // No server was left.
    }
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
