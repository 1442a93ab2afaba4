import { resolve } from 'node:path';
import { CliError } from './cli-error.js';
import { readStateIn } from './keep-state.js';
import type { Session } from './session.js';

/** The batch that is named, else that of a folder. @throws CliError when neither says */
export async function findBatchId(
  { around }: Session,
  id: string | undefined,
  out: string | undefined,
): Promise<string> {
  if (id !== undefined) return id;
  if (out === undefined) throw new CliError('say which batch, by its id or with --out', 'no_batch');
  const state = await readStateIn(resolve(around.cwd, out), out);
  if (state?.batchId == null) throw new CliError(`${out} knows of no batch`, 'no_batch');
  return state.batchId;
}
