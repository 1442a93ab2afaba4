import { readFileSync } from 'node:fs';

/** The version of Catwalk that runs, from this package's own manifest; `src` and `dist` lie equally deep. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String((manifest as { version?: unknown }).version ?? 'unknown');
}
