import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mode } from '@catwalk/infra/process';
import type { Home } from './prepare-home.js';

/** What `npx catwalk` needs to find the API that runs here. */
export interface ApiAddress {
  readonly url: string;
  readonly mode: Mode;
  /** Where its admin key is kept; null when it was given keys of its own, or asks for none. */
  readonly keyFile: string | null;
}

/** Leaves the API's address in the home while it runs. @returns how to take it away */
export function leaveApiAddress(home: Home, address: ApiAddress): () => Promise<void> {
  const path = join(home.folder, 'api.json');
  writeFileSync(path, `${JSON.stringify({ ...address, pid: process.pid }, null, 2)}\n`, { mode: 0o600 });
  return async () => rmSync(path, { force: true });
}
