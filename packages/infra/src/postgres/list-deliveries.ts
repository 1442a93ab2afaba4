import { DELIVERY_KINDS, DELIVERY_STATES, type DeliveryKind, type DeliveryState } from '@catwalk/core';
import { z } from 'zod';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** One event on its way to one address, as it is shown. */
export type DeliveryRow = z.output<typeof deliveryRow>;

const deliveryRow = z.object({
  id: z.string(),
  kind: z.enum(DELIVERY_KINDS),
  endpointId: z.string().nullable(),
  client: z.string().nullable(),
  eventId: z.string(),
  eventType: z.string(),
  tryOnId: z.string().nullable(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.number(),
  dueAt: z.date(),
  lastAttemptAt: z.date().nullable(),
  lastStatus: z.number().nullable(),
  lastError: z.string().nullable(),
  lastResponse: z.string().nullable(),
  deliveredAt: z.date().nullable(),
  createdAt: z.date(),
});

const COLUMNS = Prisma.sql`d.id, d.kind, d.endpoint_id AS "endpointId", d.client, d.event_id AS "eventId",
  d.event_type AS "eventType", d.try_on_id AS "tryOnId", d.state, d.attempts, d.due_at AS "dueAt",
  d.last_attempt_at AS "lastAttemptAt", d.last_status AS "lastStatus", d.last_error AS "lastError",
  d.last_response AS "lastResponse", d.delivered_at AS "deliveredAt", d.created_at AS "createdAt"`;

/** One delivery, if the viewer may see it. */
export async function findDelivery(db: Database, viewer: Viewer, id: string): Promise<DeliveryRow | null> {
  const whose = viewer === null ? Prisma.empty : Prisma.sql`AND d.client = ${viewer}`;
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT ${COLUMNS} FROM catwalk.delivery d WHERE d.id = ${id} ${whose}`;
  return rows.length === 0 ? null : deliveryRow.parse(rows[0]);
}

/** Which deliveries are wanted; null means all. */
export interface DeliveryFilter {
  readonly endpointId: string | null;
  readonly tryOnId: string | null;
  readonly states: readonly DeliveryState[] | null;
  readonly kind: DeliveryKind | null;
  readonly eventType: string | null;
}

export interface DeliveryPage {
  readonly rows: readonly DeliveryRow[];
  /** The id to go on after; null on the last page. */
  readonly nextAfterId: string | null;
}

export interface DeliveryPageAt {
  readonly filter: DeliveryFilter;
  readonly afterId: string | null;
  readonly limit: number;
}

/** A page of deliveries, newest first. */
export async function listDeliveries(
  db: Database,
  viewer: Viewer,
  page: DeliveryPageAt,
): Promise<DeliveryPage> {
  const found = await db.prisma.$queryRaw<unknown[]>`${pageStatement(viewer, page)}`;
  const shown = found.slice(0, page.limit).map((row) => deliveryRow.parse(row));
  return { rows: shown, nextAfterId: found.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
}

function pageStatement(viewer: Viewer, { filter, afterId, limit }: DeliveryPageAt): Prisma.Sql {
  const { endpointId, tryOnId, states, kind, eventType } = filter;
  const conditions = [
    ...(viewer === null ? [] : [Prisma.sql`d.client = ${viewer}`]),
    ...(endpointId === null ? [] : [Prisma.sql`d.endpoint_id = ${endpointId}`]),
    ...(tryOnId === null ? [] : [Prisma.sql`d.try_on_id = ${tryOnId}`]),
    ...(states === null ? [] : [Prisma.sql`d.state = ANY (${[...states]}::text[])`]),
    ...(kind === null ? [] : [Prisma.sql`d.kind = ${kind}`]),
    ...(eventType === null ? [] : [Prisma.sql`d.event_type = ${eventType}`]),
    ...(afterId === null ? [] : [Prisma.sql`d.id < ${afterId}`]),
  ];
  const where =
    conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
  return Prisma.sql`SELECT ${COLUMNS} FROM catwalk.delivery d ${where} ORDER BY d.id DESC LIMIT ${limit + 1}`;
}
