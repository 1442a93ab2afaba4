// The one entry to everything: node scripts/run.mjs <start|doctor|test|verify|bench|faults|setup|openapi|pack|build|format> [arguments…]
// Plain JavaScript without dependencies, because it runs before anything is installed.

import { requireNode } from './require-node.mjs';
import { root } from './root.mjs';
import { StepFailed } from './run-step.mjs';

const commands = {
  start: () => import('./start.mjs'),
  doctor: () => import('./doctor.mjs'),
  test: () => import('./test.mjs'),
  verify: () => import('./verify.mjs'),
  bench: () => import('./bench.mjs'),
  faults: () => import('./faults.mjs'),
  setup: () => import('./setup.mjs'),
  openapi: () => import('./openapi.mjs'),
  pack: () => import('./pack.mjs'),
  build: () => import('./build.mjs'),
  format: () => import('./format.mjs'),
};

const [name, ...args] = process.argv.slice(2);
try {
  requireNode();
  process.chdir(root);
  if (!Object.hasOwn(commands, name ?? '')) {
    throw new StepFailed(`usage: node scripts/run.mjs <${Object.keys(commands).join('|')}> [arguments]`);
  }
  const { run } = await commands[name]();
  await run(args);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  if (error.message !== '') console.error(error.message);
  process.exitCode = error.exitCode;
}
