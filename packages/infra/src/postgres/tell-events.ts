import type { EventType } from '@catwalk/core';
import type { Queryable } from './open-database.js';

/** The channel on which the sequencer hears that there are events without a position. */
export const EVENTS_CHANNEL = 'catwalk_events';

/** Something that others are to be told of, as it is written beside the change itself. */
export interface NewEvent {
  readonly type: EventType;
  /** Whose it is; null for what concerns the operator alone. */
  readonly client: string | null;
  readonly tryOnId?: string;
  readonly batchId?: string;
  readonly account?: string;
  readonly actor: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Writes events in the transaction of the changes they tell of; statements that run for every job write their own. */
export async function tellEvents(tx: Queryable, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event, ord) => ({
    ord,
    type: event.type,
    client: event.client,
    try_on_id: event.tryOnId ?? null,
    batch_id: event.batchId ?? null,
    account: event.account ?? null,
    actor: event.actor,
    data: event.data ?? {},
  }));
  await tx.$queryRaw`
    WITH told AS (
      INSERT INTO catwalk.event_outbox (type, client, try_on_id, batch_id, account, actor, data, at)
      SELECT type, client, try_on_id, batch_id, account, actor, data, clock_timestamp()
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(ord int, type text, client text,
        try_on_id text, batch_id text, account text, actor text, data jsonb)
      ORDER BY n.ord
    )
    SELECT pg_notify(${EVENTS_CHANNEL}, '')::text`;
}
