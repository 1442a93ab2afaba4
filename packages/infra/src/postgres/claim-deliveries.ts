import { DELIVERY_KINDS } from '@catwalk/core';
import { z } from 'zod';
import { Prisma } from './generated/client.js';
import { KEPT } from './keep-plans.js';
import { eventRow } from './list-events.js';
import type { Database } from './open-database.js';
import { retryOnce } from './sql-error.js';

/**
 * Lets a statement be committed before it is flushed to the disk. What a crash of the machine takes back by that is
 * sent once more, as all is that was being sent; a flush costs more than the statement. To be read by it.
 */
export const UNFLUSHED = Prisma.sql`unflushed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;

/** A delivery that this process alone is to send now. */
export type ClaimedDelivery = z.output<typeof claimed>;

const claimed = z.object({
  id: z.string(),
  carry: z.number(),
  kind: z.enum(DELIVERY_KINDS),
  endpointId: z.string().nullable(),
  client: z.string().nullable(),
  /** What happened; null of a test or an alert, and when it is kept no more. */
  event: eventRow.nullable(),
  eventId: z.string(),
  eventType: z.string(),
  tryOnId: z.string().nullable(),
  text: z.string().nullable(),
  createdAt: z.date(),
  /** This one included. */
  attempts: z.number(),
  /** Null: of an alert, which goes where the settings say. */
  url: z.string().nullable(),
  /** What signs it, the newest first; none signs a reply or an alert. */
  secrets: z.array(z.string()),
  failingSince: z.date().nullable(),
  /** The database's clock when it was claimed. */
  now: z.date(),
});

/**
 * Claims what was pulled from the lane, each once: what was carried anew meanwhile, or is not pending any more, is
 * left out. What waits for an endpoint that was disabled is put back, and canceled where it is gone.
 *
 * @param queueIds `<id>-<carry>`
 * @param leaseMs for so long nobody else sends it
 */
export async function claimDeliveries(
  db: Database,
  queueIds: readonly string[],
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  const wanted = JSON.stringify(queueIds.map(splitQueueId));
  const rows = await retryOnce(
    () => db.prisma.$queryRaw<Record<string, unknown>[]>`${KEPT}
      WITH ${UNFLUSHED}, wanted AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(${wanted}::jsonb) AS w(id text, carry int)),
      locked AS MATERIALIZED (
        SELECT d.id FROM catwalk.delivery d JOIN wanted w ON w.id = d.id AND w.carry = d.carry
        -- An array, since a join with a guessed number of rows would read the whole table through.
        WHERE d.id = ANY (ARRAY(SELECT id FROM wanted))
          AND d.state = 'pending' AND d.carried_at IS NOT NULL AND d.sending_until IS NULL
        ORDER BY d.id FOR NO KEY UPDATE OF d
      ),
      judged AS MATERIALIZED (
        SELECT d.id, CASE d.kind WHEN 'reply' THEN t.reply_url ELSE e.url END AS url, e.secret, e.failing_since,
          CASE WHEN e.previous_until > clock_timestamp() THEN e.previous_secret END AS previous_secret,
          CASE
            WHEN d.kind = 'alert' OR (d.kind = 'reply' AND t.reply_url IS NOT NULL) THEN 'send'
            WHEN d.kind = 'test' AND e.id IS NOT NULL THEN 'send'
            WHEN e.state = 'enabled' THEN 'send'
            WHEN e.state = 'disabled' AND e.state_reason <> 'gone' THEN 'wait'
            ELSE 'cancel'
          END AS fate
        FROM catwalk.delivery d
        LEFT JOIN catwalk.webhook_endpoint e ON e.id = d.endpoint_id
        LEFT JOIN catwalk.try_on t ON t.id = d.try_on_id AND d.kind = 'reply'
        WHERE d.id = ANY (ARRAY(SELECT id FROM locked))
      ),
      claimed AS (
        UPDATE catwalk.delivery d SET
          state = CASE j.fate WHEN 'cancel' THEN 'canceled' ELSE d.state END,
          carried_at = CASE j.fate WHEN 'send' THEN d.carried_at END,
          sending_until = CASE j.fate WHEN 'send' THEN clock_timestamp() + ${leaseMs} * interval '1 millisecond' END,
          last_attempt_at = CASE j.fate WHEN 'send' THEN clock_timestamp() ELSE d.last_attempt_at END,
          attempts = d.attempts + CASE j.fate WHEN 'send' THEN 1 ELSE 0 END
        FROM judged j WHERE d.id = j.id
        RETURNING d.*, j.fate, j.url, j.secret, j.previous_secret, j.failing_since
      )
      SELECT c.id, c.carry, c.kind, c.endpoint_id AS "endpointId", c.client, c.event_id AS "eventId",
        c.event_type AS "eventType", c.try_on_id AS "tryOnId", c.text, c.created_at AS "createdAt", c.attempts, c.url,
        array_remove(ARRAY[c.secret, c.previous_secret], NULL) AS secrets, c.failing_since AS "failingSince",
        clock_timestamp() AS now, p.position, p.type, p.client AS "eventClient", p.try_on_id AS "eventTryOnId",
        p.batch_id AS "batchId", p.account, p.actor, p.data, p.at
      FROM claimed c LEFT JOIN catwalk.published_event p ON p.position = c.event_position AND p.id = c.event_id
      WHERE c.fate = 'send' AND (SELECT count(*) FROM unflushed) = 1 ORDER BY c.id`,
  );
  return rows.map(toClaimed);
}

function toClaimed(row: Record<string, unknown>): ClaimedDelivery {
  const { position, type, eventClient, eventTryOnId, batchId, account, actor, data, at, ...delivery } = row;
  const told = { position, id: row.eventId, type, client: eventClient, tryOnId: eventTryOnId };
  const event = position === null ? null : { ...told, batchId, account, actor, data, at };
  return claimed.parse({ ...delivery, event });
}

function splitQueueId(queueId: string): { id: string; carry: number } {
  const cut = queueId.lastIndexOf('-');
  return { id: queueId.slice(0, cut), carry: Number(queueId.slice(cut + 1)) || 0 };
}
