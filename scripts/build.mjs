import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, hashFiles, hasStamp, packageFolders, writeStamp } from './hash-files.mjs';
import { installIfNeeded } from './install.mjs';
import { root } from './root.mjs';
import { runWithPnpm } from './run-with-pnpm.mjs';

/** `npm run build`. */
export async function run() {
  await installAndBuildIfNeeded();
  console.log('built');
}

/** Makes sure that what runs next is what the sources say; costs a few milliseconds when it already is. */
export async function installAndBuildIfNeeded() {
  await installIfNeeded();
  const folders = packageFolders();
  const stamp = hashFiles(folders.flatMap(inputsOf).concat(rootInputs), process.versions.node.split('.')[0]);
  const isBuilt = folders.every((folder) => existsSync(join(root, folder, 'dist')));
  if (isBuilt && hasStamp('built', stamp)) return;
  console.error('building');
  await runWithPnpm(
    'node_modules/.bin/turbo',
    ['run', 'build', '--output-logs=errors-only', '--no-update-notifier', '--env-mode=loose'],
    {
      quiet: true,
      env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
      failure: 'the build failed; the lines above say where',
    },
  );
  writeStamp('built', stamp);
}

const rootInputs = [
  'package.json',
  'pnpm-lock.yaml',
  'tsconfig.base.json',
  'turbo.json',
  'prisma/schema.prisma',
];

function inputsOf(folder) {
  return [...filesBelow(`${folder}/src`), `${folder}/package.json`, `${folder}/tsconfig.json`];
}
