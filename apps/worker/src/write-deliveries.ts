import type { Event } from '@catwalk/contract';
import { joinAlerts } from '@catwalk/core';
import { type ClaimedDelivery, findTryOns } from '@catwalk/infra/postgres';
import { presentDropInTask, presentEvents } from '@catwalk/presenters';
import type { WorkerContext } from './context.js';
import { signEvent } from './sign-event.js';

/** A delivery with what is to be sent. */
export interface WrittenDelivery {
  readonly claimed: ClaimedDelivery;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Null stands for what cannot be sent: what it tells of is kept no more. */
export type Written = readonly [ClaimedDelivery, WrittenDelivery | null][];

/** Writes what is to be sent, all of it with what it is about as that is now, read once for all. */
export async function writeDeliveries(
  context: WorkerContext,
  claims: readonly ClaimedDelivery[],
): Promise<Written> {
  const [events, replies] = await Promise.all([writeEvents(context, claims), writeReplies(context, claims)]);
  return claims.map((claimed) => {
    const body = bodyOf(context, claimed, events, replies);
    const url = claimed.kind === 'alert' ? context.config.alertUrl : claimed.url;
    if (body === null || url === null) return [claimed, null];
    const message = { id: claimed.eventId, at: claimed.now, body };
    const headers = { 'content-type': 'application/json', ...signEvent(message, claimed.secrets) };
    return [claimed, { claimed, url, headers, body }];
  });
}

type Bodies = ReadonlyMap<string, unknown>;

function bodyOf(
  { config }: WorkerContext,
  claimed: ClaimedDelivery,
  events: Bodies,
  replies: Bodies,
): string | null {
  const livemode = config.mode === 'live';
  switch (claimed.kind) {
    case 'endpoint':
      return json(events.get(claimed.id));
    case 'reply':
      return json(replies.get(claimed.id));
    case 'alert':
      return json({ text: joinAlerts((claimed.text ?? '').split('\n'), livemode) });
    case 'test':
      return json(testEvent(claimed, livemode));
  }
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

async function writeEvents(context: WorkerContext, claims: readonly ClaimedDelivery[]): Promise<Bodies> {
  const told = claims.flatMap((claimed) =>
    claimed.kind === 'endpoint' && claimed.event !== null ? [{ id: claimed.id, event: claimed.event }] : [],
  );
  if (told.length === 0) return new Map();
  const { db, config, rooms } = context;
  const events = await presentEvents(
    db,
    told.map(({ event }) => event),
    { rooms: await rooms.readIfPossible(), livemode: config.mode === 'live', imagePrice: config.imagePrice },
  );
  return new Map(told.map(({ id }, n) => [id, events[n]]));
}

/** The provider's own model, as who replaced the provider by Catwalk expects it. */
async function writeReplies(
  { db, rooms }: WorkerContext,
  claims: readonly ClaimedDelivery[],
): Promise<Bodies> {
  const wanted = claims.flatMap(({ id, kind, tryOnId }) =>
    kind === 'reply' && tryOnId !== null ? [{ id, tryOnId }] : [],
  );
  if (wanted.length === 0) return new Map();
  const tryOns = await findTryOns(db, [...new Set(wanted.map(({ tryOnId }) => tryOnId))]);
  const remembered = await rooms.readIfPossible();
  const replies = wanted.flatMap(({ id, tryOnId }) => {
    const row = tryOns.get(tryOnId);
    if (row === undefined) return [];
    const { replyRef } = row;
    return [[id, { ...(replyRef !== null && { replyRef }), ...presentDropInTask(row, remembered) }] as const];
  });
  return new Map(replies);
}

function testEvent({ eventId, eventType, client, createdAt }: ClaimedDelivery, livemode: boolean): Event {
  return {
    id: eventId,
    object: 'event',
    type: eventType,
    position: 0,
    livemode,
    client,
    actor: 'worker',
    createdAt: createdAt.toISOString(),
    tryOnId: null,
    batchId: null,
    account: null,
    details: {},
    data: null,
  };
}
