import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashFiles, hasStamp, packageFolders, writeStamp } from './hash-files.mjs';
import { root } from './root.mjs';
import { runWithPnpm } from './run-with-pnpm.mjs';

/** Installs the dependencies with the pinned pnpm unless exactly these are installed already. */
export async function installIfNeeded() {
  const manifests = ['package.json', ...packageFolders().map((folder) => `${folder}/package.json`)];
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests];
  const stamp = hashFiles(
    inputs,
    `${process.platform} ${process.arch} node ${process.versions.node.split('.')[0]}`,
  );
  if (hasStamp('installed', stamp) && existsSync(join(root, 'node_modules/.bin/turbo'))) return;
  console.error('installing dependencies (the first time this takes a minute)');
  // Without a terminal pnpm would otherwise refuse to replace a node_modules that was made differently.
  await runWithPnpm('pnpm', ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false'], {
    quiet: true,
    failure: 'the dependencies could not be installed; the lines above say why',
  });
  writeStamp('installed', stamp);
}
