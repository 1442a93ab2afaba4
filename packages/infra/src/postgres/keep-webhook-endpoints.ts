import type { Viewer } from './find-try-on.js';
import { findWebhookEndpoint, isVisible } from './find-webhook-endpoint.js';
import { Prisma } from './generated/client.js';
import { notifyDeliveries } from './notify-deliveries.js';
import type { Database } from './open-database.js';
import { retryOnce } from './sql-error.js';
import { ENDPOINT_COLUMNS, parseEndpointRows, type WebhookEndpointRow } from './webhook-endpoint-row.js';

export interface NewWebhookEndpoint {
  readonly id: string;
  readonly client: string;
  readonly idempotencyKey: string | null;
  /** Equal for equal requests; tells a replay from a reused key. */
  readonly fingerprint: string;
  /** Made with an admin's key. */
  readonly admin: boolean;
  readonly allClients: boolean;
  readonly url: string;
  readonly types: readonly string[] | null;
  readonly description: string | null;
  readonly secret: string;
}

/** What became of it. Only here, and by a rotation, the secret is given out. */
export type InsertedWebhookEndpoint =
  | { readonly kind: 'inserted' | 'replayed'; readonly row: WebhookEndpointRow; readonly secret: string }
  | { readonly kind: 'key_reused' };

/** Stores an endpoint; of requests with the same idempotency key exactly one. Safe to repeat. */
export async function insertWebhookEndpoint(
  db: Database,
  endpoint: NewWebhookEndpoint,
): Promise<InsertedWebhookEndpoint> {
  const { id, client, idempotencyKey, fingerprint, admin, allClients, url, description, secret } = endpoint;
  const types = endpoint.types === null ? null : [...endpoint.types];
  await retryOnce(
    () => db.prisma.$executeRaw`
      INSERT INTO catwalk.webhook_endpoint (id, client, idempotency_key, fingerprint, admin, all_clients, url, types,
        description, secret, state_since, created_at, updated_at)
      SELECT ${id}, ${client}, ${idempotencyKey}, ${fingerprint}, ${admin}, ${allClients}, ${url}, ${types}::text[],
        ${description}, ${secret}, now, now, now
      FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS now) n
      ON CONFLICT DO NOTHING`,
  );
  const stored = await db.prisma.$queryRaw<{ id: string; fingerprint: string; secret: string }[]>`
    SELECT id, fingerprint, secret FROM catwalk.webhook_endpoint
    WHERE id = ${id} OR (client = ${client} AND idempotency_key = ${idempotencyKey})`;
  const found = stored[0];
  const row = found === undefined ? null : await findWebhookEndpoint(db, null, found.id);
  if (found === undefined || row === null)
    throw new Error('an endpoint was neither stored nor is there an earlier one');
  if (found.fingerprint !== fingerprint) return { kind: 'key_reused' };
  return { kind: found.id === id ? 'inserted' : 'replayed', row, secret: found.secret };
}

/** What may be changed of an endpoint; what is left out stays. */
export interface WebhookEndpointChange {
  readonly url?: string | undefined;
  readonly types?: readonly string[] | null | undefined;
  readonly description?: string | null | undefined;
  readonly allClients?: boolean | undefined;
  readonly state?: 'enabled' | 'disabled' | undefined;
}

/** So many of those that wait go at once when their endpoint is enabled again; the rest when its time comes. */
const RESUMED_MAX = 10_000;

/**
 * Changes an endpoint. Enabled again, it begins anew: what still waits for it goes now.
 *
 * @returns null if there is none that the viewer may see
 */
export async function changeWebhookEndpoint(
  db: Database,
  viewer: Viewer,
  id: string,
  change: WebhookEndpointChange,
): Promise<WebhookEndpointRow | null> {
  const { state = null } = change;
  const rows = await db.prisma.$queryRaw<unknown[]>`
    UPDATE catwalk.webhook_endpoint e SET ${Prisma.join([...assignments(change), Prisma.sql`updated_at = clock_timestamp()`])}
    WHERE e.id = ${id} AND ${isVisible(viewer)}
    RETURNING ${ENDPOINT_COLUMNS}`;
  if (rows.length > 0 && state === 'enabled') await resumeDeliveries(db, id);
  return parseEndpointRows(rows)[0] ?? null;
}

function assignments({ url, types, description, allClients, state }: WebhookEndpointChange): Prisma.Sql[] {
  return [
    ...(url === undefined ? [] : [Prisma.sql`url = ${url}`]),
    ...(types === undefined ? [] : [Prisma.sql`types = ${types === null ? null : [...types]}::text[]`]),
    ...(description === undefined ? [] : [Prisma.sql`description = ${description}`]),
    ...(allClients === undefined ? [] : [Prisma.sql`all_clients = ${allClients}`]),
    ...(state === undefined
      ? []
      : [
          Prisma.sql`state = ${state}, state_reason = ${state === 'disabled' ? 'person' : null}`,
          Prisma.sql`state_since = CASE WHEN e.state = ${state} THEN e.state_since ELSE clock_timestamp() END`,
          Prisma.sql`failing_since = CASE WHEN e.state = ${state} THEN e.failing_since END`,
        ]),
  ];
}

async function resumeDeliveries(db: Database, endpointId: string): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.delivery SET due_at = clock_timestamp() WHERE id IN (
      SELECT id FROM catwalk.delivery
      WHERE target = ${endpointId} AND state = 'pending' AND carried_at IS NULL AND due_at > clock_timestamp()
      ORDER BY due_at LIMIT ${RESUMED_MAX} FOR NO KEY UPDATE SKIP LOCKED)`;
  await notifyDeliveries(db.prisma);
}

/** Removes an endpoint. What waits for it is canceled by the workers. @returns whether there was one */
export async function removeWebhookEndpoint(db: Database, viewer: Viewer, id: string): Promise<boolean> {
  const removed = await db.prisma.$executeRaw`
    DELETE FROM catwalk.webhook_endpoint e WHERE e.id = ${id} AND ${isVisible(viewer)}`;
  return removed > 0;
}

/** How long the secret before signs too. */
const BOTH_SIGN_HOURS = 24;

/**
 * Gives an endpoint a new secret; the one before signs too for a day, and the one before that no more.
 *
 * @returns null if there is none that the viewer may see
 */
export async function rotateWebhookSecret(
  db: Database,
  viewer: Viewer,
  id: string,
  secret: string,
): Promise<WebhookEndpointRow | null> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    UPDATE catwalk.webhook_endpoint e SET secret = ${secret}, previous_secret = e.secret,
      previous_until = clock_timestamp() + ${BOTH_SIGN_HOURS} * interval '1 hour', updated_at = clock_timestamp()
    WHERE e.id = ${id} AND ${isVisible(viewer)}
    RETURNING ${ENDPOINT_COLUMNS}`;
  return parseEndpointRows(rows)[0] ?? null;
}
