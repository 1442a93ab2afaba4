import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import { insertWanted, wantedBy } from './insert-deliveries.js';
import { makeId } from './make-id.js';
import { notifyDeliveries } from './notify-deliveries.js';
import type { Database } from './open-database.js';

export type Redelivered = 'queued' | 'missing' | 'no_receiver';

/** A delivery as if it had never been tried; its event, and so its `webhook-id`, stays. */
const ANEW = Prisma.sql`state = 'pending', attempts = 0, due_at = clock_timestamp(), carried_at = NULL, delivered_at = NULL`;

/**
 * Sends one delivery again, whatever became of it. One that is being sent at this moment is left to that.
 *
 * @returns `no_receiver` when its endpoint is disabled or gone
 */
export async function redeliverOne(db: Database, viewer: Viewer, id: string): Promise<Redelivered> {
  const whose = viewer === null ? Prisma.empty : Prisma.sql`AND d.client = ${viewer}`;
  const rows = await db.prisma.$queryRaw<{ receives: boolean }[]>`
    WITH wanted AS MATERIALIZED (
      SELECT d.id, CASE d.kind WHEN 'endpoint' THEN coalesce(e.state = 'enabled', false) WHEN 'test' THEN e.id IS NOT NULL
        ELSE true END AS receives
      FROM catwalk.delivery d LEFT JOIN catwalk.webhook_endpoint e ON e.id = d.endpoint_id WHERE d.id = ${id} ${whose}
    ),
    redone AS (
      UPDATE catwalk.delivery d SET ${ANEW} FROM wanted w WHERE d.id = w.id AND w.receives AND d.sending_until IS NULL
    )
    SELECT receives FROM wanted`;
  const [found] = rows;
  if (found === undefined) return 'missing';
  if (found.receives) await notifyDeliveries(db.prisma);
  return found.receives ? 'queued' : 'no_receiver';
}

/** Events that one statement looks at. */
const CHUNK = 2_000;

/**
 * Sends an endpoint what happened since a time and did not arrive, also what happened while it was disabled and
 * would be wanted now.
 *
 * @param again what arrived too
 * @returns how many are sent
 */
export async function redeliverSince(
  db: Database,
  endpointId: string,
  { since, again }: { readonly since: Date; readonly again: boolean },
): Promise<number> {
  const [bounds] = await db.prisma.$queryRaw<{ first: bigint | null; last: bigint | null }[]>`
    SELECT (SELECT min(position) FROM catwalk.published_event WHERE at >= ${since}) AS first,
      (SELECT max(position) FROM catwalk.published_event) AS last`;
  const { first = null, last = null } = bounds ?? {};
  if (first === null || last === null) return 0;
  let queued = 0;
  for (let after = first - 1n; after < last; after += BigInt(CHUNK))
    queued += await redeliverChunk(db, endpointId, { since, again, after, upTo: after + BigInt(CHUNK) });
  if (queued > 0) await notifyDeliveries(db.prisma);
  return queued;
}

async function redeliverChunk(
  db: Database,
  endpointId: string,
  of: { readonly since: Date; readonly again: boolean; readonly after: bigint; readonly upTo: bigint },
): Promise<number> {
  const states = of.again ? ['failed', 'canceled', 'delivered'] : ['failed', 'canceled'];
  const [row] = await db.prisma.$queryRaw<{ count: number }[]>`
    WITH chunk AS MATERIALIZED (
      SELECT position, id, type, client, try_on_id FROM catwalk.published_event
      WHERE position > ${of.after} AND position <= ${of.upTo} AND at >= ${of.since}
    ),
    known AS MATERIALIZED (
      SELECT d.id, d.event_position, d.state FROM catwalk.delivery d
      WHERE d.endpoint_id = ${endpointId} AND d.kind = 'endpoint' AND d.event_position = ANY (ARRAY(SELECT position FROM chunk))
    ),
    redone AS (
      UPDATE catwalk.delivery d SET ${ANEW}
      FROM (SELECT id FROM catwalk.delivery WHERE id = ANY (ARRAY(SELECT id FROM known WHERE state = ANY (${states}::text[])))
        ORDER BY id FOR NO KEY UPDATE) k WHERE d.id = k.id AND d.state <> 'pending' RETURNING d.id
    ),
    wanted AS (${wantedBy(
      Prisma.sql`chunk`,
      Prisma.sql`e.id = ${endpointId}
      AND f.position <> ALL (ARRAY(SELECT event_position FROM known))`,
    )}),
    missed AS (${insertWanted(Prisma.sql`(SELECT *, 0 AS carry FROM wanted) w`)} RETURNING id)
    SELECT ((SELECT count(*) FROM redone) + (SELECT count(*) FROM missed))::int AS count`;
  return row?.count ?? 0;
}

/** Stores a test of an endpoint, which is sent also while the endpoint is disabled. @returns the delivery's id */
export async function insertTestDelivery(
  db: Database,
  endpoint: { readonly id: string; readonly client: string },
): Promise<string> {
  const id = makeId('del');
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.delivery (id, kind, target, endpoint_id, client, event_id, event_type, state, due_at, created_at)
    VALUES (${id}, 'test', ${`test ${endpoint.id}`}, ${endpoint.id}, ${endpoint.client}, ${makeId('evt')}, 'webhook.test',
      'pending', clock_timestamp(), clock_timestamp())`;
  await notifyDeliveries(db.prisma);
  return id;
}
