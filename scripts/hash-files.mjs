import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

/** The folders of all workspace packages, such as `apps/api`. */
export function packageFolders() {
  return ['apps', 'packages'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => `${group}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .sort(),
  );
}

/** Every file below a folder, in a fixed order, except what a build made there. */
export function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name === 'generated') return [];
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

/** One hash over names and contents. */
export function hashFiles(paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const path of paths) {
    if (existsSync(join(root, path))) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

/** Whether a finished step left exactly this stamp. */
export function hasStamp(name, value) {
  const path = stampPath(name);
  return existsSync(path) && readFileSync(path, 'utf8') === value;
}

/** Remembers that a step is done for these inputs. */
export function writeStamp(name, value) {
  mkdirSync(dirname(stampPath(name)), { recursive: true });
  writeFileSync(stampPath(name), value);
}

function stampPath(name) {
  return join(root, 'node_modules/.catwalk', name);
}
