import { ConnectionError, TimeoutError } from '@catwalk/client';
import { readState } from './keep-state.js';
import type { OutFolder } from './out-folder.js';
import { EXIT, type Session } from './session.js';
import { shellCommand } from './shell-command.js';

/**
 * A run that was stopped, or lost its API, can be gone on with: says how.
 *
 * @returns the exit code of a run that was stopped
 * @throws the error, when it was something else
 */
export async function tellHowToGoOn(session: Session, folder: OutFolder, error: unknown): Promise<number> {
  const { signal, stderr } = session.around;
  const isAway = error instanceof ConnectionError || error instanceof TimeoutError;
  if (!signal.aborted && !isAway) throw error;
  const state = await readState(folder);
  const goOn = shellCommand('batch', 'resume', '--out', folder.name);
  // Said also with --json: whoever stops it is a person.
  for (const line of [stoodAt(state), ...(state === null ? [] : [`go on with: ${goOn}`])])
    stderr.write(`${line}\n`);
  if (!signal.aborted) throw error;
  return EXIT.interrupted;
}

function stoodAt(state: Awaited<ReturnType<typeof readState>>): string {
  if (state === null) return 'stopped: nothing was submitted';
  if (state.batchId === null)
    return 'stopped during the upload: nothing of it is submitted until all is sent';
  return `stopped fetching: ${state.batchId} goes on by itself`;
}
