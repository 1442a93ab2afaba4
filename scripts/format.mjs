import { installIfNeeded } from './install.mjs';
import { runStep } from './run-step.mjs';

/** `npm run format`. */
export async function run(args) {
  await installIfNeeded();
  await runStep('node_modules/.bin/biome', ['check', '--write', ...(args.length > 0 ? args : ['.'])]);
}
