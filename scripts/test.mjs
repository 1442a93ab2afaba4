import { installAndBuildIfNeeded } from './build.mjs';
import { runStep } from './run-step.mjs';

/** `npm test`: every test, or those that the arguments (vitest's own) name. */
export async function run(args) {
  await installAndBuildIfNeeded();
  await runStep('node_modules/.bin/vitest', ['run', ...args]);
}
