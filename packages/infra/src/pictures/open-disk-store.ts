import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder } from '../embedded/index.js';
import { checkStore } from './check-store.js';
import type { PictureStore } from './open-picture-store.js';
import { checkKey } from './picture-key.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** What is being written lies here until it is whole; a name that no key has. */
const INCOMING = '.incoming';
/** A write that has not ended by then belongs to a process that has. */
const ABANDONED_MS = 3_600_000;

/** Pictures in a folder that only its owner reads. No link below it is followed. */
export function openDiskStore(folder: string): PictureStore {
  const root = resolve(folder);
  const store = {
    put: (key: string, bytes: Buffer) => put(root, key, bytes),
    open: (key: string, range?: { start: number; end: number }) => openFile(root, key, range),
    remove: async (keys: readonly string[]) => {
      for (const key of keys) await remove(root, key);
    },
  };
  return {
    ...store,
    check: async () => {
      await checkStore(
        store,
        (problem) => `pictures cannot be kept in ${root} (CATWALK_HOME or ARCHIVE_URL): ${problem}`,
      );
      await removeAbandoned(join(root, INCOMING));
    },
    close: async () => {},
  };
}

async function put(root: string, key: string, bytes: Buffer): Promise<void> {
  checkKey(key);
  const path = join(root, key);
  for (const each of [join(root, INCOMING), dirname(path)]) {
    makeFolder(each, FOLDER_MODE);
    await refuseLinks(root, each);
  }
  const incoming = join(root, INCOMING, randomUUID());
  try {
    await writeWhole(incoming, bytes);
    await rename(incoming, path);
  } catch (error) {
    await rm(incoming, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is on disk when its folder is; the power may go the moment after. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openFile(
  root: string,
  key: string,
  range: { readonly start: number; readonly end: number } | undefined,
): ReturnType<PictureStore['open']> {
  checkKey(key);
  const file = await openOwn(root, join(root, key));
  if (file === null) return null;
  const { size } = await file.stat();
  const bytes = range === undefined ? size : range.end - range.start + 1;
  return { stream: file.createReadStream({ ...range, highWaterMark: 256 * 1_024 }), bytes };
}

async function openOwn(root: string, path: string): Promise<FileHandle | null> {
  try {
    await refuseLinks(root, dirname(path));
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new Error(`no file: ${basename(path)}`);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function remove(root: string, key: string): Promise<void> {
  checkKey(key);
  const path = join(root, key);
  if (!existsSync(dirname(path))) return;
  await refuseLinks(root, dirname(path));
  await rm(path, { force: true });
}

/** Whoever can put a link into the folder would else choose what is read, and what is written over. */
async function refuseLinks(root: string, folder: string): Promise<void> {
  if ((await realpath(folder)) === join(await realpath(root), folder.slice(root.length))) return;
  throw new Error('there is a link below the folder of the pictures');
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const made = await stat(path).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
