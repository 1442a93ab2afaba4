import { installAndBuildIfNeeded } from './build.mjs';
import { runStep } from './run-step.mjs';

/** `npm run faults`: the fault report, against the built packages, because that is what runs in earnest. */
export async function run(args) {
  await installAndBuildIfNeeded();
  await runStep(process.execPath, ['--import', 'tsx', 'faults/main.ts', ...args]);
}
