import { installAndBuildIfNeeded } from './build.mjs';
import { runStep, StepFailed } from './run-step.mjs';
import { run as runTests } from './test.mjs';

const checks = [
  { name: 'format and lint', program: 'node_modules/.bin/biome', args: ['check', '.'] },
  { name: 'types', program: 'node_modules/.bin/tsc', args: ['--noEmit', '-p', 'tsconfig.json'] },
  { name: 'schema drift', program: process.execPath, args: ['packages/infra/dist/postgres/check-drift.js'] },
  { name: 'OpenAPI drift', program: process.execPath, args: ['scripts/run.mjs', 'openapi', '--check'] },
  { name: 'dead code', program: 'node_modules/.bin/knip', args: [] },
];

/** `npm run verify`: what CI runs. Every check runs, so that one look shows all there is to mend. */
export async function run(args) {
  await installAndBuildIfNeeded();
  const failed = [];
  for (const check of checks) if (!(await passes(check))) failed.push(check.name);
  if (!args.includes('--no-tests')) await runTests([]).catch((error) => failed.push(nameOf(error)));
  if (failed.length > 0) throw new StepFailed(`verify failed: ${failed.join(', ')}`);
  console.log('verify: all passed');
}

async function passes({ name, program, args }) {
  try {
    await runStep(program, args, { quiet: true });
    console.log(`verify: ${name} passed`);
    return true;
  } catch (error) {
    nameOf(error);
    console.log(`verify: ${name} FAILED`);
    return false;
  }
}

function nameOf(error) {
  if (!(error instanceof StepFailed)) throw error;
  if (error.message !== '') console.error(error.message);
  return 'tests';
}
