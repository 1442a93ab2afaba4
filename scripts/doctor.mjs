import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installAndBuildIfNeeded } from './build.mjs';
import { readEnvFile } from './read-env-file.mjs';
import { root } from './root.mjs';

/** `npm run doctor`: in this very process, which may ask the person at the terminal. */
export async function run(args) {
  await installAndBuildIfNeeded();
  readEnvFile();
  process.setSourceMapsEnabled(true);
  const main = join(root, 'apps/standalone/dist/doctor.js');
  process.argv = [process.argv[0], main, ...args];
  await import(pathToFileURL(main).href);
}
