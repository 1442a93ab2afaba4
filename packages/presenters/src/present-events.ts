import type { Batch, Event } from '@catwalk/contract';
import type { Money } from '@catwalk/core';
import {
  type AccountRooms,
  type BatchRow,
  type Database,
  type EventRow,
  findBatches,
  findTryOns,
  type TryOnRow,
} from '@catwalk/infra/postgres';
import { presentBatch } from './present-batch.js';
import { presentTryOn } from './present-try-on.js';

/** What events are shown with. */
export interface EventSurroundings {
  readonly rooms: AccountRooms;
  readonly livemode: boolean;
  readonly imagePrice: Money | null;
}

/**
 * Events as others are told them, in their order, with the jobs and batches as they are now: read once for all, and
 * null where one is gone. Whether somebody may see an event is judged before.
 */
export async function presentEvents(
  db: Database,
  rows: readonly EventRow[],
  surroundings: EventSurroundings,
): Promise<Event[]> {
  const tryOnIds = new Set(rows.flatMap((row) => row.tryOnId ?? []));
  const batchIds = new Set(rows.flatMap((row) => (row.tryOnId === null ? (row.batchId ?? []) : [])));
  const [tryOns, batches] = await Promise.all([
    findTryOns(db, [...tryOnIds]),
    findBatches(db, [...batchIds]),
  ]);
  return rows.map((row) =>
    presentEvent(
      row,
      row.tryOnId === null ? undefined : tryOns.get(row.tryOnId),
      row.tryOnId !== null || row.batchId === null ? undefined : batches.get(row.batchId),
      surroundings,
    ),
  );
}

function presentEvent(
  row: EventRow,
  tryOn: TryOnRow | undefined,
  batch: BatchRow | undefined,
  { rooms, livemode, imagePrice }: EventSurroundings,
): Event {
  return {
    id: row.id,
    object: 'event',
    type: row.type,
    position: Number(row.position),
    livemode,
    client: row.client,
    actor: row.actor,
    createdAt: row.at.toISOString(),
    tryOnId: row.tryOnId,
    batchId: row.batchId,
    account: row.account,
    details: row.data,
    data: dataOf(tryOn, batch, { rooms, livemode, imagePrice }),
  };
}

function dataOf(
  tryOn: TryOnRow | undefined,
  batch: BatchRow | undefined,
  { rooms, livemode, imagePrice }: EventSurroundings,
): Event['data'] {
  if (tryOn !== undefined) return presentTryOn(tryOn, rooms, livemode);
  if (batch !== undefined) return withoutWaiting(presentBatch(batch, { livemode, imagePrice, waiting: {} }));
  return null;
}

/** What open jobs wait for takes a query for each batch, and is out of date at once. */
function withoutWaiting({ waiting: _, ...batch }: Batch): Omit<Batch, 'waiting'> {
  return batch;
}
