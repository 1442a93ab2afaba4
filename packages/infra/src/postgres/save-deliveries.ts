import type { DeliveryVerdict } from '@catwalk/core';
import { type ClaimedDelivery, UNFLUSHED } from './claim-deliveries.js';
import { KEPT } from './keep-plans.js';
import type { Database } from './open-database.js';
import { retryOnce } from './sql-error.js';

/** How a POST ended, to be written. */
export interface DeliveryOutcome {
  readonly claimed: Pick<ClaimedDelivery, 'id' | 'carry'>;
  readonly verdict: DeliveryVerdict;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** Why nothing was answered; a few words without an address. */
  readonly error: string | null;
  /** The beginning of the answer's body, as text that Postgres can keep. */
  readonly response: string | null;
}

/** An endpoint that gets nothing more. */
export interface DisabledEndpoint {
  readonly id: string;
  readonly client: string;
  readonly reason: string;
}

/**
 * Writes how POSTs ended, in one statement, each only for the claim it was made under. An endpoint's row is written
 * only when it begins or ends to fail, or is disabled by this; that is an event. Deliveries are locked before
 * endpoints, both by id.
 */
export async function saveDeliveries(
  db: Database,
  outcomes: readonly DeliveryOutcome[],
): Promise<DisabledEndpoint[]> {
  const input = JSON.stringify(outcomes.map(columnsOf));
  const disabled = await retryOnce(
    () => db.prisma.$queryRaw<DisabledEndpoint[]>`${KEPT}
      WITH ${UNFLUSHED}, input AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${input}::jsonb) AS i(id text, carry int, outcome text, in_ms float8, disables text,
          status int, error text, response text)
      ),
      locked AS MATERIALIZED (
        SELECT d.id FROM catwalk.delivery d JOIN input i ON i.id = d.id AND i.carry = d.carry
        WHERE d.id = ANY (ARRAY(SELECT id FROM input)) AND d.state = 'pending' AND d.sending_until IS NOT NULL
        ORDER BY d.id FOR NO KEY UPDATE OF d
      ),
      saved AS (
        UPDATE catwalk.delivery d SET
          state = CASE i.outcome WHEN 'again' THEN 'pending' ELSE i.outcome END,
          due_at = CASE i.outcome WHEN 'again' THEN clock_timestamp() + i.in_ms * interval '1 millisecond' ELSE d.due_at END,
          carried_at = NULL, sending_until = NULL, last_status = i.status, last_error = i.error, last_response = i.response,
          delivered_at = CASE i.outcome WHEN 'delivered' THEN clock_timestamp() END
        FROM input i JOIN locked l ON l.id = i.id WHERE d.id = i.id
        RETURNING d.endpoint_id, d.kind, i.outcome, i.disables
      ),
      endpoint AS MATERIALIZED (
        SELECT endpoint_id AS id, bool_or(outcome = 'delivered') AS arrived,
          CASE WHEN bool_or(disables = 'gone') THEN 'gone' WHEN NOT bool_or(outcome = 'delivered') THEN max(disables) END AS disables
        FROM saved WHERE kind = 'endpoint' GROUP BY endpoint_id
      ),
      changing AS MATERIALIZED (
        SELECT e.id FROM catwalk.webhook_endpoint e JOIN endpoint s ON s.id = e.id
        WHERE e.id = ANY (ARRAY(SELECT id FROM endpoint))
          AND (s.arrived = (e.failing_since IS NOT NULL) OR (s.disables IS NOT NULL AND e.state = 'enabled'))
        ORDER BY e.id FOR NO KEY UPDATE OF e
      ),
      changed AS (
        UPDATE catwalk.webhook_endpoint e SET
          failing_since = CASE WHEN NOT s.arrived THEN coalesce(e.failing_since, clock_timestamp()) END,
          state = CASE WHEN s.disables IS NULL THEN e.state ELSE 'disabled' END,
          state_reason = coalesce(s.disables, e.state_reason),
          state_since = CASE WHEN s.disables IS NULL THEN e.state_since ELSE clock_timestamp() END
        FROM changing c JOIN endpoint s ON s.id = c.id WHERE e.id = c.id AND e.state = 'enabled'
        RETURNING e.id, e.client, e.url, s.disables AS reason
      ),
      told AS (
        INSERT INTO catwalk.event_outbox (type, client, actor, data, at)
        SELECT 'webhook_endpoint.disabled', client, 'worker',
          jsonb_build_object('webhookEndpointId', id, 'url', url, 'reason', reason), clock_timestamp()
        FROM changed WHERE reason IS NOT NULL ORDER BY id
        RETURNING id
      ),
      woken AS (SELECT pg_notify('catwalk_events', '') WHERE EXISTS (SELECT FROM told))
      SELECT id, client, reason, (SELECT count(*) FROM woken) AS woken FROM changed
      WHERE reason IS NOT NULL AND (SELECT count(*) FROM unflushed) = 1`,
  );
  return disabled.map(({ id, client, reason }) => ({ id, client, reason }));
}

function columnsOf({ claimed, verdict, status, error, response }: DeliveryOutcome): Record<string, unknown> {
  return {
    id: claimed.id,
    carry: claimed.carry,
    outcome: verdict.kind,
    in_ms: verdict.kind === 'again' ? verdict.inMs : null,
    disables: verdict.kind === 'failed' ? verdict.disables : null,
    status,
    error,
    response,
  };
}
