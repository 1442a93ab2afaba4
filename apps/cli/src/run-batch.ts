import type { BatchOptions } from '@catwalk/client';
import { agreeToSpend } from './agree-to-spend.js';
import { keyOf, parseOptions, type TypedOptions } from './batch-options.js';
import { CliError } from './cli-error.js';
import { collectBatch } from './collect-batch.js';
import { dryRunLines, spendQuestion } from './describe-dry-run.js';
import { readState, writeState } from './keep-state.js';
import { OutFolder } from './out-folder.js';
import { readFolders } from './read-folders.js';
import { type Input, readInput } from './read-input.js';
import { EXIT, type Session } from './session.js';
import { tellHowToGoOn } from './tell-how-to-go-on.js';
import { uploadBatch } from './upload-batch.js';

/** What is run: a file of try-ons, or every person in every garment. */
export type RunFrom = { readonly file: string } | { readonly people: string; readonly garments: string };

export interface RunOptions {
  readonly out: string;
  readonly typed: TypedOptions;
  readonly idempotencyKey?: string | undefined;
  /** Nobody is asked. */
  readonly yes: boolean;
}

/**
 * From a file, or from folders of pictures, to a folder of pictures: looks what it would come to, asks, sends it, and fetches what comes. The same
 * once more goes on where it was.
 *
 * @returns the exit code
 */
export async function runBatch(session: Session, from: RunFrom, options: RunOptions): Promise<number> {
  const { cwd } = session.around;
  const asked = parseOptions(options.typed);
  const input = 'file' in from ? await readInput(from.file, cwd) : await readFolders(session, from);
  const folder = await OutFolder.open(options.out, cwd);
  try {
    return await runInto(session, folder, input, asked, options);
  } catch (error) {
    return await tellHowToGoOn(session, folder, error);
  } finally {
    await folder.close();
  }
}

async function runInto(
  session: Session,
  folder: OutFolder,
  input: Input,
  asked: BatchOptions,
  { typed, idempotencyKey = keyOf(input, typed), yes }: RunOptions,
): Promise<number> {
  const state = await readState(folder);
  if (state !== null && state.idempotencyKey !== idempotencyKey)
    throw new CliError(
      `${folder.name} belongs to another batch (${state.batchId ?? 'not yet sent'}): choose another --out`,
      'out_in_use',
    );
  const known = state?.batchId ?? null;
  if (known !== null) {
    session.note(`this input was sent as ${known}: going on with it`);
    return collectBatch(session, folder, known);
  }
  if (!(await agreed(session, input, asked, yes))) return EXIT.error;
  const { path, sha256, local } = input;
  const folders = local?.folders ?? null;
  const sending = {
    idempotencyKey,
    input: path,
    inputSha256: sha256,
    folders,
    options: typed,
    batchId: null,
  };
  await writeState(folder, sending);
  const id = await uploadBatch(session, folder, input, sending);
  return collectBatch(session, folder, id);
}

async function agreed(session: Session, input: Input, asked: BatchOptions, yes: boolean): Promise<boolean> {
  const { signal } = session.around;
  const dryRun = await session.catwalk.batches.dryRun(input.open, { ...asked, format: input.format, signal });
  session.note(...dryRunLines(input.name, dryRun));
  if (dryRun.valid === 0) throw new CliError(`no line of ${input.name} is valid`, 'bad_input');
  if (await agreeToSpend(session, spendQuestion(dryRun, asked.pilot), yes)) return true;
  session.note('nothing was submitted');
  return false;
}
