import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { runStep } from './run-step.mjs';

/** Runs a program that finds the pinned pnpm on its PATH; nothing is installed globally. */
export async function runWithPnpm(program, args, { env = {}, ...options }) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // An exact version that npx has fetched once is not asked for again.
  await runStep('npx', ['--yes', '--prefer-offline', `--package=${packageManager}`, '--', program, ...args], {
    // This is the pinned pnpm already: it need not ask the registry whether it is the right one.
    env: { pnpm_config_pm_on_fail: 'ignore', npm_config_update_notifier: 'false', ...env },
    ...options,
  });
}
