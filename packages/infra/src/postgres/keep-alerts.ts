import type { AlertEvent } from '@catwalk/core';
import { makeId } from './make-id.js';
import type { Database, Queryable } from './open-database.js';

/** Events that one round reads. */
const READ_MAX = 1_000;
const BETWEEN_MS = 60_000;
const NOTHING = { made: false, more: false };

/** Sentences that wait to be sent together; more than are ever shown. */
const WAITING_MAX = 500;

interface AlertRow extends AlertEvent {
  readonly position: bigint;
}

/**
 * Makes alerts of what was published since the last time, by one process at a time. Of each kind one waits at most:
 * what comes before it is sent is added to it, and the next is not due until a minute after the last. The first time
 * it begins with what comes from then on.
 *
 * @param explain makes of an event its sentence; null for what is no alert
 * @returns whether some were made, and whether there is more to read
 */
export async function keepAlerts(
  db: Database,
  types: readonly string[],
  explain: (event: AlertEvent) => string | null,
): Promise<{ readonly made: boolean; readonly more: boolean }> {
  return db.prisma.$transaction(async (tx) => {
    const position = await readPosition(tx);
    if (position === null) return NOTHING;
    const [last] = await tx.$queryRaw<{ position: bigint | null }[]>`
      SELECT max(position) AS position FROM (SELECT position FROM catwalk.published_event WHERE position > ${position}
        ORDER BY position LIMIT ${READ_MAX}) e`;
    const upTo = last?.position ?? null;
    if (upTo === null) return NOTHING;
    const events = await tx.$queryRaw<AlertRow[]>`
      SELECT position, type, client, account, try_on_id AS "tryOnId", batch_id AS "batchId", data FROM catwalk.published_event
      WHERE position > ${position} AND position <= ${upTo} AND type = ANY (${[...types]}::text[]) ORDER BY position`;
    const byType = new Map<string, string[]>();
    for (const event of events) {
      const sentence = explain(event);
      if (sentence !== null) byType.set(event.type, [...(byType.get(event.type) ?? []), sentence]);
    }
    for (const [type, sentences] of byType) await keepAlert(tx, type, sentences);
    await tx.$executeRaw`UPDATE catwalk.setting SET value = ${String(upTo)} WHERE key = 'alerted_position'`;
    return { made: byType.size > 0, more: upTo - position >= READ_MAX };
  });
}

/** Null: another process is at it, or this is the beginning. */
async function readPosition(tx: Queryable): Promise<bigint | null> {
  const rows = await tx.$queryRaw<{ value: string }[]>`
    SELECT value FROM catwalk.setting WHERE key = 'alerted_position' FOR UPDATE SKIP LOCKED`;
  if (rows[0] !== undefined) return BigInt(rows[0].value);
  await tx.$executeRaw`
    INSERT INTO catwalk.setting (key, value)
    SELECT 'alerted_position', coalesce(max(position), 0)::text FROM catwalk.published_event
    ON CONFLICT (key) DO NOTHING`;
  return null;
}

async function keepAlert(tx: Queryable, type: string, sentences: readonly string[]): Promise<void> {
  const [waiting] = await tx.$queryRaw<{ id: string; text: string }[]>`
    SELECT id, text FROM catwalk.delivery
    WHERE target = ${targetOf(type)} AND state = 'pending' AND carried_at IS NULL AND attempts = 0
    ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE`;
  const lines = [...(waiting?.text.split('\n') ?? []), ...sentences.map((one) => one.replaceAll('\n', ' '))];
  const text = lines.slice(0, WAITING_MAX).join('\n');
  if (waiting === undefined) await insertAlert(tx, type, text);
  else await tx.$executeRaw`UPDATE catwalk.delivery SET text = ${text} WHERE id = ${waiting.id}`;
}

async function insertAlert(tx: Queryable, type: string, text: string): Promise<void> {
  // When the last of the kind was due stands beside the position, since what was delivered is forgotten.
  const key = `alerted_at ${type}`;
  await tx.$executeRaw`
    WITH due AS (
      INSERT INTO catwalk.setting AS s (key, value) VALUES (${key}, clock_timestamp()::text)
      ON CONFLICT (key) DO UPDATE SET
        value = greatest(clock_timestamp(), s.value::timestamptz + ${BETWEEN_MS} * interval '1 millisecond')::text
      RETURNING value::timestamptz AS at
    )
    INSERT INTO catwalk.delivery (id, kind, target, event_id, event_type, text, state, due_at, created_at)
    SELECT ${makeId('del')}, 'alert', ${targetOf(type)}, ${makeId('evt')}, ${type}, ${text}, 'pending', at, clock_timestamp()
    FROM due`;
}

function targetOf(type: string): string {
  return `alert ${type}`;
}
