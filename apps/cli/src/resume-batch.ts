import type { Batch } from '@catwalk/client';
import { agreeToSpend } from './agree-to-spend.js';
import { CliError } from './cli-error.js';
import { collectBatch } from './collect-batch.js';
import { pausedLines } from './describe-batch.js';
import { readState, type State, writeState } from './keep-state.js';
import { OutFolder } from './out-folder.js';
import { plural } from './print-table.js';
import { readFolders } from './read-folders.js';
import { readInput } from './read-input.js';
import { EXIT, type Session } from './session.js';
import { tellHowToGoOn } from './tell-how-to-go-on.js';
import { uploadBatch } from './upload-batch.js';

export interface ResumeOptions {
  readonly out: string;
  readonly yes: boolean;
}

/**
 * Goes on with a run that was interrupted, wherever that was; of a paused batch the rest is submitted, once somebody
 * has agreed. With an id, a batch that was made elsewhere is fetched into the folder.
 *
 * @returns the exit code
 */
export async function resumeBatch(
  session: Session,
  id: string | undefined,
  { out, yes }: ResumeOptions,
): Promise<number> {
  const folder = await OutFolder.open(out, session.around.cwd);
  try {
    const batchId = await idOf(session, folder, id);
    if (!(await goOnIfPaused(session, batchId, yes))) return EXIT.error;
    return await collectBatch(session, folder, batchId);
  } catch (error) {
    return await tellHowToGoOn(session, folder, error);
  } finally {
    await folder.close();
  }
}

async function idOf(session: Session, folder: OutFolder, id: string | undefined): Promise<string> {
  const state = await readState(folder);
  if (state === null) return adopt(session, folder, id);
  if (state.batchId === null) return uploadAgain(session, folder, state);
  if (id !== undefined && id !== state.batchId)
    throw new CliError(`${folder.name} belongs to ${state.batchId}: choose another --out`, 'out_in_use');
  return state.batchId;
}

async function adopt(session: Session, folder: OutFolder, id: string | undefined): Promise<string> {
  if (id === undefined)
    throw new CliError(
      `${folder.name} knows of no batch: say which, or begin with \`batch run\``,
      'no_batch',
    );
  // Only what is there is remembered.
  await session.catwalk.batches.get(id, { signal: session.around.signal });
  const made = { idempotencyKey: null, input: null, inputSha256: null, folders: null, options: {} };
  await writeState(folder, { ...made, batchId: id });
  return id;
}

/** Whoever began the upload had agreed to it. */
async function uploadAgain(session: Session, folder: OutFolder, state: State): Promise<string> {
  if (state.input === null)
    throw new CliError(`${folder.name} does not know what was to be sent: use \`batch run\``, 'no_batch');
  const input =
    state.folders === null
      ? await readInput(state.input, session.around.cwd)
      : await readFolders(session, state.folders);
  if (input.sha256 !== state.inputSha256)
    throw new CliError(
      `${input.name} was changed since its upload began: send it with \`batch run\` and another --out`,
      'input_changed',
    );
  session.note(`sending ${input.name} again: what has arrived of it is kept`);
  return uploadBatch(session, folder, input, state);
}

async function goOnIfPaused(session: Session, id: string, yes: boolean): Promise<boolean> {
  const { signal } = session.around;
  const batch = await session.catwalk.batches.get(id, { signal });
  if (batch.state !== 'paused') return true;
  session.note(...pausedLines(batch));
  if (!(await agreeToSpend(session, resumeQuestion(batch), yes))) {
    session.note('it stays paused');
    return false;
  }
  await session.catwalk.batches.resume(id, { signal });
  return true;
}

/** What is asked before a paused batch goes on. */
export function resumeQuestion(batch: Batch): string {
  return `Submit the ${plural(batch.counts.queued, 'try-on')} that wait?`;
}
