import type { EventType } from '@catwalk/core';
import { z } from 'zod';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** An event as it stands in a row. */
export const eventRow = z.object({
  position: z.bigint(),
  id: z.string(),
  /** Not narrowed: an older process may read what a newer one wrote. */
  type: z.string(),
  client: z.string().nullable(),
  tryOnId: z.string().nullable(),
  batchId: z.string().nullable(),
  account: z.string().nullable(),
  actor: z.string(),
  data: z.record(z.string(), z.unknown()),
  at: z.date(),
});

/** An event with its position. */
export type EventRow = z.output<typeof eventRow>;

/** Which events are wanted: all of a list that is null. */
export interface EventFilter {
  readonly types: readonly (EventType | string)[] | null;
  readonly batchId: string | null;
  readonly tryOnId: string | null;
}

/** Events of one read through a filter, from which nothing matches, come to an end after so many. */
const LOOKED_AT_MAX = 10_000;

export interface EventPage {
  readonly rows: readonly EventRow[];
  /** The position up to which all was looked at, also where the filter let nothing pass: go on after it. */
  readonly readTo: bigint;
  /** There are more behind it, as far as is known. */
  readonly hasMore: boolean;
}

/**
 * The events after a position, in order, as far as the viewer may see them. A page looks at ten thousand events at
 * most, so that a filter that lets little pass reads no log through.
 */
export async function listEvents(
  db: Database,
  viewer: Viewer,
  page: { readonly after: bigint; readonly limit: number; readonly filter: EventFilter },
): Promise<EventPage> {
  const rows = z
    .array(lookedAt)
    .parse(await db.prisma.$queryRaw<unknown[]>(listEventsStatement(viewer, page)));
  const [window] = rows;
  if (window === undefined) throw new Error('reading events answered no row');
  const found = z.array(eventRow).parse(window.events.map(reviveRow));
  const shown = found.slice(0, page.limit);
  const cut = found.length > page.limit;
  const readTo = cut ? (shown.at(-1)?.position ?? page.after) : (window.readTo ?? page.after);
  return { rows: shown, readTo, hasMore: cut || window.looked === LOOKED_AT_MAX };
}

const lookedAt = z.object({
  readTo: z.bigint().nullable(),
  looked: z.number(),
  events: z.array(z.record(z.string(), z.unknown())),
});

/** JSON has neither big integers nor times: positions come as text. */
function reviveRow(row: Record<string, unknown>): Record<string, unknown> {
  return { ...row, position: BigInt(String(row.position)), at: new Date(String(row.at)) };
}

/** The statement behind it; exported for the test of its plan. */
export function listEventsStatement(
  viewer: Viewer,
  page: { readonly after: bigint; readonly limit: number; readonly filter: EventFilter },
): Prisma.Sql {
  const { types, batchId, tryOnId } = page.filter;
  const looksMax = isOpenTo(page.filter) ? page.limit + 1 : LOOKED_AT_MAX;
  const whose = viewer === null ? Prisma.empty : Prisma.sql`AND e.client = ${viewer}`;
  return Prisma.sql`
    WITH looked AS MATERIALIZED (
      SELECT * FROM catwalk.published_event e WHERE e.position > ${page.after} ${whose}
      ORDER BY e.position LIMIT ${looksMax}
    ),
    found AS (
      SELECT * FROM looked WHERE true
        ${types === null ? Prisma.empty : Prisma.sql`AND type = ANY (${[...types]}::text[])`}
        ${batchId === null ? Prisma.empty : Prisma.sql`AND batch_id = ${batchId}`}
        ${tryOnId === null ? Prisma.empty : Prisma.sql`AND try_on_id = ${tryOnId}`}
      ORDER BY position LIMIT ${page.limit + 1}
    )
    SELECT (SELECT max(position) FROM looked) AS "readTo", (SELECT count(*)::int FROM looked) AS looked,
      (SELECT coalesce(json_agg(json_build_object('position', position::text, 'id', id, 'type', type,
        'client', client, 'tryOnId', try_on_id, 'batchId', batch_id, 'account', account, 'actor', actor,
        'data', data, 'at', at) ORDER BY position), '[]') FROM found) AS events`;
}

/** Whether a filter lets everything pass. */
function isOpenTo({ types, batchId, tryOnId }: EventFilter): boolean {
  return types === null && batchId === null && tryOnId === null;
}

/** The position of the newest event that the viewer may see, 0 when there is none. */
export async function readLastPosition(db: Database, viewer: Viewer): Promise<bigint> {
  const rows = await db.prisma.$queryRaw<{ position: bigint }[]>`
    SELECT position FROM catwalk.published_event
    ${viewer === null ? Prisma.empty : Prisma.sql`WHERE client = ${viewer}`}
    ORDER BY position DESC LIMIT 1`;
  return rows[0]?.position ?? 0n;
}
