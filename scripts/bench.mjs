import { installAndBuildIfNeeded } from './build.mjs';
import { runStep } from './run-step.mjs';

/** `npm run bench`: the benchmarks, against the built packages, because that is what runs in earnest. */
export async function run(args) {
  await installAndBuildIfNeeded();
  await runStep(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...args]);
}
