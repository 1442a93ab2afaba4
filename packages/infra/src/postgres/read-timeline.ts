import { z } from 'zod';
import type { Database } from './open-database.js';

/** One thing that happened to a job: an event, a submit's exchange or a callback. */
export interface TimelineRow {
  readonly at: Date;
  readonly kind: string;
  readonly actor: string;
  readonly attempt: number | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** Its place in the order; a page begins after one. */
  readonly position: TimelinePosition;
}

/** Microseconds since 1970, the kind of source, and the row's id in it. */
export interface TimelinePosition {
  readonly atUs: string;
  readonly source: number;
  readonly id: string;
}

const row = z.object({
  at: z.date(),
  atUs: z.string(),
  source: z.number(),
  id: z.string(),
  kind: z.string(),
  actor: z.string(),
  attempt: z.number().nullable(),
  data: z.record(z.string(), z.unknown()),
});

/** A callback's body is shown up to this many bytes; the whole of it stays in the database. */
const BODY_SHOWN_BYTES = 4_096;

const START: TimelinePosition = { atUs: '-1', source: 0, id: '' };

/**
 * A page of everything that happened to a job, in order. Events come before what else is of the same
 * microsecond; at equal places the id decides.
 */
export async function readTimeline(
  db: Database,
  tryOnId: string,
  page: { readonly after: TimelinePosition | null; readonly limit: number },
): Promise<{ rows: TimelineRow[]; hasMore: boolean }> {
  const after = page.after ?? START;
  const found = await db.prisma.$queryRaw<unknown[]>`
    SELECT to_timestamp(at_us / 1000000.0) AS at, at_us::text AS "atUs", source, id, kind, actor, attempt, data
    FROM (
      SELECT (extract(epoch FROM e.at) * 1000000)::bigint AS at_us, 0 AS source,
        to_char(e.id, 'FM00000000000000000000') AS id, e.kind, e.actor, a.number AS attempt, e.data
      FROM catwalk.event e LEFT JOIN catwalk.attempt a ON a.id = e.attempt_id
      WHERE e.try_on_id = ${tryOnId}
      UNION ALL
      SELECT (extract(epoch FROM coalesce(a.answered_at, a.sent_at)) * 1000000)::bigint, 1, a.id,
        'attempt.exchanged', 'worker', a.number, jsonb_build_object('exchange', a.exchange)
      FROM catwalk.attempt a WHERE a.try_on_id = ${tryOnId} AND a.exchange IS NOT NULL
      UNION ALL
      SELECT (extract(epoch FROM k.received_at) * 1000000)::bigint, 2, k.id, 'callback.received', 'provider',
        a.number, jsonb_build_object('decision', k.decision, 'repeats', k.repeats, 'bytes', length(k.body),
          'lastReceivedAt', to_char(k.last_received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'bodyBase64', encode(substring(k.body FROM 1 FOR ${BODY_SHOWN_BYTES}::int), 'base64'))
      FROM catwalk.callback k LEFT JOIN catwalk.attempt a ON a.id = k.attempt_id
      WHERE k.try_on_id = ${tryOnId}
    ) entry
    WHERE (at_us, source, id COLLATE "C") > (${after.atUs}::text::bigint, ${after.source}::int, ${after.id} COLLATE "C")
    ORDER BY at_us, source, id COLLATE "C"
    LIMIT ${page.limit + 1}`;
  const rows = found.slice(0, page.limit).map(toRow);
  return { rows, hasMore: found.length > page.limit };
}

function toRow(value: unknown): TimelineRow {
  const { at, atUs, source, id, kind, actor, attempt, data } = row.parse(value);
  return { at, kind, actor, attempt, data: decodeBody(data), position: { atUs, source, id } };
}

/** The body of a callback, shown as text; what is not UTF-8 shows replacement characters. */
function decodeBody(data: Record<string, unknown>): Record<string, unknown> {
  const { bodyBase64, ...rest } = data;
  if (typeof bodyBase64 !== 'string') return data;
  return { ...rest, body: Buffer.from(bodyBase64, 'base64').toString('utf8') };
}
