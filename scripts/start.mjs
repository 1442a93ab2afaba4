import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { installAndBuildIfNeeded } from './build.mjs';
import { endWithNpm } from './end-with-npm.mjs';
import { root } from './root.mjs';

/**
 * `npm start`: the application then runs in this very process. So there is nothing between npm (or the terminal) and
 * it: signals reach its own handlers, and its exit code is ours.
 */
export async function run(args) {
  endWithNpm();
  await installAndBuildIfNeeded();
  readEnvFile(join(root, '.env'));
  process.setSourceMapsEnabled(true);
  const main = join(root, 'apps/standalone/dist/main.js');
  process.argv = [process.argv[0], main, ...args];
  await import(pathToFileURL(main).href);
}

/** Real variables win; one that is set but empty counts as unset. */
function readEnvFile(path) {
  if (!existsSync(path)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8'))))
    process.env[name] ||= value;
}
