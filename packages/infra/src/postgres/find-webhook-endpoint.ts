import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { ENDPOINT_COLUMNS, parseEndpointRows, type WebhookEndpointRow } from './webhook-endpoint-row.js';

/** One endpoint, if the viewer may see it. */
export async function findWebhookEndpoint(
  db: Database,
  viewer: Viewer,
  id: string,
): Promise<WebhookEndpointRow | null> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT ${ENDPOINT_COLUMNS} FROM catwalk.webhook_endpoint e WHERE e.id = ${id} AND ${isVisible(viewer)}`;
  return parseEndpointRows(rows)[0] ?? null;
}

export interface WebhookEndpointPage {
  readonly rows: readonly WebhookEndpointRow[];
  /** The id to go on after; null on the last page. */
  readonly nextAfterId: string | null;
}

/** A page of endpoints, newest first. */
export async function listWebhookEndpoints(
  db: Database,
  viewer: Viewer,
  { afterId, limit }: { readonly afterId: string | null; readonly limit: number },
): Promise<WebhookEndpointPage> {
  const after = afterId === null ? Prisma.empty : Prisma.sql`AND e.id < ${afterId}`;
  const rows = parseEndpointRows(
    await db.prisma.$queryRaw<unknown[]>`
      SELECT ${ENDPOINT_COLUMNS} FROM catwalk.webhook_endpoint e WHERE ${isVisible(viewer)} ${after}
      ORDER BY e.id DESC LIMIT ${limit + 1}`,
  );
  const shown = rows.slice(0, limit);
  return { rows: shown, nextAfterId: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}

/** A key without an admin's rights has no say over what an admin of the same name made. */
export function isVisible(viewer: Viewer): Prisma.Sql {
  return viewer === null ? Prisma.sql`true` : Prisma.sql`(e.client = ${viewer} AND NOT e.admin)`;
}
