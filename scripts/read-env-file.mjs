import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { root } from './root.mjs';

/** Reads `.env` into the environment. Real variables win; one that is set but empty counts as unset. */
export function readEnvFile() {
  const path = join(root, '.env');
  if (!existsSync(path)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8'))))
    process.env[name] ||= value;
}
