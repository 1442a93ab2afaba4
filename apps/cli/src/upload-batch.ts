import { parseOptions } from './batch-options.js';
import { type State, writeState } from './keep-state.js';
import type { OutFolder } from './out-folder.js';
import type { Input } from './read-input.js';
import { sendPictures } from './send-pictures.js';
import type { Session } from './session.js';

/** A batch that was there before this long was not made by this run. */
const OLD_MS = 60_000;
/** Half a minute in all: what was sent before is kept, so that each try has less to do. */
const MAX_RETRIES = 5;

/**
 * Sends the input under the key that the folder remembers, and remembers the batch. Sent again after it broke off, it
 * completes the same batch.
 *
 * @returns the batch's id
 */
export async function uploadBatch(
  session: Session,
  folder: OutFolder,
  input: Input,
  sending: Omit<State, 'version'>,
): Promise<string> {
  const { idempotencyKey, options } = sending;
  const sent = await withPicturesSent(session, folder, input);
  const startedAtMs = Date.now();
  const batch = await session.catwalk.batches.create(sent.open, {
    ...parseOptions(options),
    format: input.format,
    signal: session.around.signal,
    maxRetries: MAX_RETRIES,
    ...(idempotencyKey === null ? {} : { idempotencyKey }),
  });
  await writeState(folder, { ...sending, batchId: batch.id });
  if (startedAtMs - Date.parse(batch.createdAt) > OLD_MS)
    session.note(
      `this input was sent before, as ${batch.id} of ${batch.createdAt}: that one is gone on with.`,
      'To have it made once more, name another --idempotency-key.',
    );
  return batch.id;
}

/** What lies on this computer is sent before the input that names it. */
async function withPicturesSent(session: Session, folder: OutFolder, input: Input): Promise<Input> {
  const { local } = input;
  return local === undefined
    ? input
    : local.withAddresses(await sendPictures(session, folder, local.pictures));
}
