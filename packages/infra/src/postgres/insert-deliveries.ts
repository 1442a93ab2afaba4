import { Prisma } from './generated/client.js';

/**
 * An id of a delivery made in SQL, as `makeId` makes them: in the order of time, and of `place` within a statement.
 *
 * @param place an expression that counts the rows of the statement
 */
function deliveryId(place: Prisma.Sql): Prisma.Sql {
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

/** POSTs that may be in flight to one target, and to an endpoint at which nothing arrives. */
const IN_FLIGHT_MAX = 32;
const IN_FLIGHT_FAILING = 4;

/** How many more may be in flight to a target, an expression; beside it stands its endpoint `e`, if it is one. */
export function roomOf(target: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`greatest(0, CASE WHEN e.failing_since IS NULL THEN ${IN_FLIGHT_MAX}::int ELSE ${IN_FLIGHT_FAILING}::int END
    - (SELECT count(*) FROM catwalk.delivery d
       WHERE d.target = ${target} AND d.state = 'pending' AND d.carried_at IS NOT NULL))`;
}

/**
 * Stores deliveries of what a relation with the columns of `wantedBy` and `carry` holds: 1 for what goes into the
 * lane at once, else 0.
 */
export function insertWanted(wanted: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO catwalk.delivery (id, kind, target, endpoint_id, client, event_position, event_id, event_type, try_on_id,
      state, carry, carried_at, due_at, created_at)
    SELECT ${deliveryId(Prisma.sql`row_number() OVER (ORDER BY position, target)`)}, kind, target, endpoint_id, client,
      position, event_id, type, try_on_id, 'pending', carry, CASE carry WHEN 1 THEN clock_timestamp() END,
      clock_timestamp(), clock_timestamp()
    FROM ${wanted} ORDER BY position, target
    ON CONFLICT DO NOTHING`;
}

/**
 * Makes a delivery of each event that was just published (a relation `published`), for each endpoint that wants it,
 * and for the job's own `replyUrl` when it is final. To stand in the statement that publishes, which is run by one
 * process at a time.
 *
 * @param carries whether they go into the lane at once, as far as there is room; else the carry takes them
 */
export function deliveriesOf(carries: boolean): Prisma.Sql {
  return Prisma.sql`
  wanted AS MATERIALIZED (
    ${wantedBy(Prisma.sql`published`)}
    UNION ALL
    SELECT f.position, f.id, f.type, f.try_on_id, t.client, 'reply',
      'reply ' || lower(substring(t.reply_url FROM '^[a-zA-Z]+://[^/?#]+')), NULL
    FROM published f JOIN catwalk.try_on t ON t.id = f.try_on_id
    WHERE f.type IN ('try_on.succeeded', 'try_on.failed', 'try_on.canceled') AND t.reply_url IS NOT NULL
  ),
  room AS MATERIALIZED (
    SELECT w.target, ${roomOf(Prisma.sql`w.target`)} AS free
    FROM (SELECT DISTINCT target FROM wanted WHERE ${carries}) w LEFT JOIN catwalk.webhook_endpoint e ON e.id = w.target
  ),
  placed AS (
    SELECT w.*, CASE WHEN row_number() OVER (PARTITION BY w.target ORDER BY w.position) <= r.free THEN 1 ELSE 0 END AS carry
    FROM wanted w LEFT JOIN room r ON r.target = w.target
  ),
  deliveries AS (${insertWanted(Prisma.sql`placed`)} RETURNING id, carry),`;
}
