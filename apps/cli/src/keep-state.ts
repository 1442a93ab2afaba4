import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from './cli-error.js';
import type { OutFolder } from './out-folder.js';

const FILE = 'catwalk-batch.json';

const state = z.object({
  version: z.literal(1),
  /** Of the upload: a second run of the same makes no second batch. */
  idempotencyKey: z.string().nullable(),
  /** Where the input lay, in full; null when the batch was made elsewhere. */
  input: z.string().nullable(),
  inputSha256: z.string().nullable(),
  /** Of pictures of this computer: where they lay, in full. */
  folders: z.object({ people: z.string(), garments: z.string() }).nullable().default(null),
  options: z.record(z.string(), z.string()),
  /** Null until the upload was accepted. */
  batchId: z.string().nullable(),
});

/** What a folder of results remembers about its batch, so that an interrupted run can be gone on with. */
export type State = z.output<typeof state>;

/** @throws CliError when the file is there and is not what we wrote */
export async function readState(folder: OutFolder): Promise<State | null> {
  return parseState(await folder.read(FILE), folder.name);
}

/** The same, of a folder that is not written to. */
export async function readStateIn(path: string, name: string): Promise<State | null> {
  const text = await readFile(join(path, FILE), 'utf8').catch(() => null);
  return parseState(text, name);
}

function parseState(text: string | null, folder: string): State | null {
  if (text === null) return null;
  try {
    return state.parse(JSON.parse(text));
  } catch {
    throw new CliError(`${folder}/${FILE} cannot be read: choose another --out, or remove it`, 'bad_state');
  }
}

export async function writeState(folder: OutFolder, value: Omit<State, 'version'>): Promise<void> {
  await folder.replace(FILE, `${JSON.stringify({ version: 1, ...value }, null, 2)}\n`);
}
