import { DISABLED_REASONS } from '@catwalk/core';
import { z } from 'zod';
import { Prisma } from './generated/client.js';

/** Where a client wants to be told of events, as it is shown: without what signs. */
export type WebhookEndpointRow = z.output<typeof endpointRow>;

const endpointRow = z.object({
  id: z.string(),
  client: z.string(),
  allClients: z.boolean(),
  url: z.string(),
  /** Null: all. */
  types: z.array(z.string()).nullable(),
  description: z.string().nullable(),
  state: z.enum(['enabled', 'disabled']),
  stateReason: z.enum(DISABLED_REASONS).nullable(),
  stateSince: z.date(),
  /** Until when the secret before the last rotation signs too; null when only one does. */
  previousUntil: z.date().nullable(),
  failingSince: z.date().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

/** The columns of a row that may be shown, of a table named `e`. */
export const ENDPOINT_COLUMNS = Prisma.sql`e.id, e.client, e.all_clients AS "allClients", e.url, e.types, e.description,
  e.state, e.state_reason AS "stateReason", e.state_since AS "stateSince", e.failing_since AS "failingSince",
  CASE WHEN e.previous_until > clock_timestamp() THEN e.previous_until END AS "previousUntil",
  e.created_at AS "createdAt", e.updated_at AS "updatedAt"`;

/** Parses what `ENDPOINT_COLUMNS` read. */
export function parseEndpointRows(rows: readonly unknown[]): WebhookEndpointRow[] {
  return rows.map((row) => endpointRow.parse(row));
}
