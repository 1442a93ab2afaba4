import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';
import { ASSET_BYTES_MAX } from '@catwalk/contract';
import { CliError } from './cli-error.js';
import { printable } from './print-table.js';
import { extensionOf } from './sniff-picture.js';

/** A picture on this computer. */
export interface LocalPicture {
  readonly path: string;
  /** Below its folder, with slashes, for messages and names. */
  readonly name: string;
  readonly sha256: string;
  readonly contentType: string;
}

/** What a folder holds; `leftOut` are files that are no pictures by their names. */
export interface FoundPictures {
  readonly pictures: readonly LocalPicture[];
  readonly leftOut: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};
const NAMED = new Set(['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.heic', '.tif', '.tiff', '.bmp']);
const SHOWN = 10;

/**
 * The pictures of a folder and of those in it, in the order of their names.
 *
 * @throws CliError when it cannot be read, has none, or has some that cannot be sent: with each of them
 */
export async function findPictures(folder: string, cwd: string): Promise<FoundPictures> {
  const root = resolve(cwd, folder);
  const names = await filesBelow(root).catch((error: Error) => {
    throw new CliError(`${folder} cannot be read: ${error.message}`, 'bad_input');
  });
  const isPicture = (name: string) => NAMED.has(extname(name).toLowerCase());
  const pictures: LocalPicture[] = [];
  const wrong: string[] = [];
  for (const name of names.filter(isPicture)) {
    const read = await readPicture(join(root, name), name);
    if (typeof read === 'string') wrong.push(printable(`${join(folder, name)} ${read}`));
    else pictures.push(read);
  }
  if (wrong.length > 0) throw new CliError(listOf(wrong), 'bad_input');
  if (pictures.length === 0) throw new CliError(`${folder} has no pictures (.png, .jpg, .webp)`, 'bad_input');
  return { pictures, leftOut: names.filter((name) => !isPicture(name)) };
}

/** What systems and programs leave behind begins with a dot. */
async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort();
}

/** @returns what is wrong with it, else the picture */
async function readPicture(path: string, name: string): Promise<LocalPicture | string> {
  try {
    const { size } = await stat(path);
    if (size > ASSET_BYTES_MAX) return 'is larger than 10 MB';
    const bytes = await readFile(path);
    const contentType = TYPES[extensionOf(null, bytes) ?? ''];
    if (contentType === undefined) return 'is not a PNG, JPEG or WebP picture';
    return { path, name, contentType, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}

/** Some of many, a line each. */
export function listOf(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN);
  return [...shown, ...(lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more`] : [])].join('\n');
}
