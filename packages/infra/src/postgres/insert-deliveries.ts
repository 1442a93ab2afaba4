import { Prisma } from './generated/client.js';

/**
 * An id of a delivery made in SQL, as `makeId` makes them: in the order of time, and of `place` within a statement.
 *
 * @param place an expression that counts the rows of the statement
 */
export function deliveryId(place: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`'del_' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || lpad(to_hex(${place} % 4096), 3, '0') || substr(replace(gen_random_uuid()::text, '-', ''), 17)`;
}

/**
 * Events `f` of a relation, each with the endpoints `e` that want it: those of its own client; and those of admins,
 * for what belongs to no client, or to any if they asked.
 *
 * @param condition more to be true of an endpoint `e`
 */
export function wantedBy(events: Prisma.Sql, condition: Prisma.Sql = Prisma.sql`true`): Prisma.Sql {
  const columns = Prisma.sql`f.position, f.id AS event_id, f.type, f.try_on_id, e.client, 'endpoint' AS kind,
    e.id AS target, e.id AS endpoint_id`;
  const wants = Prisma.sql`e.state = 'enabled' AND (e.types IS NULL OR f.type = ANY (e.types)) AND ${condition}`;
  return Prisma.sql`
    SELECT ${columns} FROM ${events} f JOIN catwalk.webhook_endpoint e ON e.client = f.client WHERE ${wants}
    UNION ALL
    SELECT ${columns} FROM ${events} f JOIN catwalk.webhook_endpoint e ON e.admin AND e.state = 'enabled'
    WHERE (f.client IS NULL OR (e.all_clients AND e.client <> f.client)) AND ${wants}`;
}

/** Stores deliveries of what a relation with the columns of `wantedBy` holds. */
export function insertWanted(wanted: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO catwalk.delivery (id, kind, target, endpoint_id, client, event_position, event_id, event_type, try_on_id,
      state, due_at, created_at)
    SELECT ${deliveryId(Prisma.sql`row_number() OVER (ORDER BY position, target)`)}, kind, target, endpoint_id, client,
      position, event_id, type, try_on_id, 'pending', clock_timestamp(), clock_timestamp()
    FROM ${wanted} ORDER BY position, target
    ON CONFLICT DO NOTHING`;
}

/**
 * Makes a delivery of each event that was just published (a relation `published`), for each endpoint that wants it,
 * and for the job's own `replyUrl` when it is final. To stand in the statement that publishes.
 */
export const DELIVERIES = Prisma.sql`
  wanted AS (
    ${wantedBy(Prisma.sql`published`)}
    UNION ALL
    SELECT f.position, f.id, f.type, f.try_on_id, t.client, 'reply',
      'reply ' || lower(substring(t.reply_url FROM '^[a-zA-Z]+://[^/?#]+')), NULL
    FROM published f JOIN catwalk.try_on t ON t.id = f.try_on_id
    WHERE f.type IN ('try_on.succeeded', 'try_on.failed', 'try_on.canceled') AND t.reply_url IS NOT NULL
  ),
  deliveries AS (${insertWanted(Prisma.sql`wanted`)}),`;
