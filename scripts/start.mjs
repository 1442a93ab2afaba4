import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installAndBuildIfNeeded } from './build.mjs';
import { endWithNpm } from './end-with-npm.mjs';
import { readEnvFile } from './read-env-file.mjs';
import { root } from './root.mjs';

/**
 * `npm start`: the application then runs in this very process. So there is nothing between npm (or the terminal) and
 * it: signals reach its own handlers, and its exit code is ours.
 */
export async function run(args) {
  endWithNpm();
  await installAndBuildIfNeeded();
  readEnvFile();
  process.setSourceMapsEnabled(true);
  const main = join(root, 'apps/standalone/dist/main.js');
  process.argv = [process.argv[0], main, ...args];
  await import(pathToFileURL(main).href);
}
