import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { BatchFormat, BatchInput } from '@catwalk/client';
import { CliError } from './cli-error.js';
import type { LocalPicture } from './find-pictures.js';

/** A file of try-ons. */
export interface Input {
  /** As it was named, for messages. */
  readonly name: string;
  readonly path: string;
  readonly format: BatchFormat;
  /** Of its bytes. */
  readonly sha256: string;
  /** Opens it from its beginning. */
  readonly open: Extract<BatchInput, () => unknown>;
  /** Of folders of pictures: which, and what is to be sent before the input is. */
  readonly local?: LocalInput;
}

/** Pictures of this computer. Until they are sent, the input names them by made-up addresses. */
interface LocalInput {
  readonly folders: { readonly people: string; readonly garments: string };
  readonly pictures: readonly LocalPicture[];
  /** The input with these addresses, by the SHA-256 of each picture. */
  withAddresses(urls: ReadonlyMap<string, string>): Input;
}

const FORMATS: Readonly<Record<string, BatchFormat>> = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
};

/** @throws CliError when it is no such file */
export async function readInput(name: string, cwd: string): Promise<Input> {
  const path = resolve(cwd, name);
  const format = FORMATS[extname(path).toLowerCase()];
  if (format === undefined)
    throw new CliError(`${name}: the input is a .csv, .ndjson, .jsonl or .json file`, 'bad_input');
  try {
    if ((await stat(path)).isDirectory()) throw new Error('it is a folder');
    return { name, path, format, sha256: await hashOf(path), open: () => createReadStream(path) };
  } catch (error) {
    throw new CliError(`${name} cannot be read: ${(error as Error).message}`, 'bad_input');
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
