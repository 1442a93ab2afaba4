import { type Batch, parseBatchId } from '@catwalk/contract';
import { type BatchRow, type Database, findBatch, listBatchWaiting } from '@catwalk/infra/postgres';
import { presentBatch } from '@catwalk/presenters';
import type { Api } from './app.js';
import type { Caller } from './authenticate.js';
import { countWaiting, isHeld } from './count-waiting.js';
import { noSuchBatch } from './explain-control.js';
import { viewerOf } from './find-visible.js';

/** Batches as they are shown: their rows, with what their open jobs wait for. */
export async function showBatches(
  { context: { config, database }, rooms }: Pick<Api, 'context' | 'rooms'>,
  rows: readonly BatchRow[],
): Promise<Batch[]> {
  const moving = rows.filter((row) => !isHeld(row) && row.counts.queued > 0);
  const [known, groups] = await Promise.all([rooms.read(), listBatchWaiting(database, moving)]);
  return rows.map((row) => {
    const own = groups.filter((group) => group.batchId === row.id);
    const waiting = countWaiting(row, own, known);
    return presentBatch(row, {
      livemode: config.mode === 'live',
      imagePrice: config.imagePrice,
      waiting,
    });
  });
}

/**
 * The batch of an address as it stands now, if the caller may see it.
 *
 * @throws ProblemError `batch_not_found`
 */
export async function showBatch(
  api: Pick<Api, 'context' | 'rooms'>,
  caller: Caller,
  idText: unknown,
): Promise<Batch> {
  const row = await findVisibleBatch(api.context.database, caller, idText);
  const [batch] = await showBatches(api, [row]);
  if (batch === undefined) throw new Error('a batch was read and not shown');
  return batch;
}

/** The batch of an address, if the caller may see it. Another client's is as unknown as one that never was. */
export async function findVisibleBatch(
  database: Database,
  caller: Caller,
  idText: unknown,
): Promise<BatchRow> {
  const id = parseBatchId(String(idText));
  const row = id === null ? null : await findBatch(database, viewerOf(caller), id);
  if (row !== null) return row;
  throw noSuchBatch();
}
