import { type Batch, parseBatchId } from '@catwalk/contract';
import {
  type AccountRooms,
  type BatchRow,
  type Database,
  findBatch,
  findShownBatch,
  type ShownBatchRow,
} from '@catwalk/infra/postgres';
import { presentBatch } from '@catwalk/presenters';
import type { Api } from './app.js';
import type { Caller } from './authenticate.js';
import { countWaiting } from './count-waiting.js';
import { noSuchBatch } from './explain-control.js';
import { viewerOf } from './find-visible.js';

/** Batches as they are shown: their rows, with what their open jobs wait for. */
export async function showBatches(
  api: Pick<Api, 'context' | 'rooms'>,
  rows: readonly ShownBatchRow[],
): Promise<Batch[]> {
  const rooms = await api.rooms.read();
  return rows.map((row) => presentShown(api, row, rooms));
}

function presentShown(
  { context: { config } }: Pick<Api, 'context'>,
  row: ShownBatchRow,
  rooms: AccountRooms,
): Batch {
  return presentBatch(row, {
    livemode: config.mode === 'live',
    imagePrice: config.imagePrice,
    waiting: countWaiting(row, rooms),
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
  const id = parseBatchId(String(idText));
  if (id === null) throw noSuchBatch();
  const finding = findShownBatch(api.context.database, viewerOf(caller), id);
  const [row, rooms] = await Promise.all([finding, api.rooms.read()]);
  if (row === null) throw noSuchBatch();
  return presentShown(api, row, rooms);
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
