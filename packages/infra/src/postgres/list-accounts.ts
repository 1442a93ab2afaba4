import { ATTEMPT_STATES, type AttemptState } from '@catwalk/core';
import { z } from 'zod';
import { OPEN_OF_ACCOUNT, slotsOf } from './list-slots.js';
import type { Database } from './open-database.js';

const count = z.number().int();
const time = z.date().nullable();

const accountRow = z.object({
  email: z.string(),
  /** False: the last list of the provider left it out; nothing is submitted on it. */
  configured: z.boolean(),
  maxJobs: count,
  /** What 429s took off its limit, and until when. */
  shrunkBy: count,
  shrunkUntil: time,
  restUntil: time,
  open: count,
  free: count,
  foreignOpen: count,
  faultReason: z.string().nullable(),
  faultSince: time,
  faultUntil: time,
  personReason: z.string().nullable(),
  personSince: time,
  personActor: z.string().nullable(),
  lastError: z.string().nullable(),
  lastErrorAt: time,
  credits: z.number().nullable(),
  /** What its submits of the last hour have come to, by the state of their attempts. */
  lastHour: z
    .partialRecord(z.enum(ATTEMPT_STATES), count)
    .nullable()
    .transform((counts) => toCounts(counts ?? {})),
});

/** An account with everything that is known of it. */
export type AccountRow = z.output<typeof accountRow>;

/** The accounts that were not removed, by email, or only one of them: in one statement. */
export async function listAccounts(db: Database, email: string | null = null): Promise<AccountRow[]> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT a.email, a.configured, a.max_jobs AS "maxJobs",
      CASE WHEN a.shrunk_until > clock_timestamp() THEN a.shrunk_by ELSE 0 END AS "shrunkBy",
      CASE WHEN a.shrunk_until > clock_timestamp() THEN a.shrunk_until END AS "shrunkUntil",
      CASE WHEN a.rest_until > clock_timestamp() THEN a.rest_until END AS "restUntil",
      n.open, coalesce(s.free, 0) AS free,
      CASE WHEN a.foreign_until > clock_timestamp() THEN a.foreign_open ELSE 0 END AS "foreignOpen",
      CASE WHEN a.state = 'paused' THEN coalesce(a.paused_reason, 'no reason was given') END AS "faultReason",
      a.paused_since AS "faultSince", a.paused_until AS "faultUntil",
      h.reason AS "personReason", h.since AS "personSince", h.actor AS "personActor",
      a.last_error AS "lastError", a.last_error_at AS "lastErrorAt", a.credits, l.counts AS "lastHour"
    FROM catwalk.account a
    ${OPEN_OF_ACCOUNT}
    LEFT JOIN (${slotsOf(email === null ? null : [email])}) s ON s.email = a.email
    LEFT JOIN catwalk.pause h ON h.scope = a.email
    -- By the statement's own time, since Postgres cannot look up a clock that moves in an index.
    LEFT JOIN LATERAL (
      SELECT jsonb_object_agg(state, n) AS counts FROM (
        SELECT t.state, count(*)::int AS n FROM catwalk.attempt t
        WHERE t.account = a.email AND t.sent_at > statement_timestamp() - interval '1 hour' GROUP BY t.state
      ) states
    ) l ON true
    WHERE NOT a.removed AND (${email}::text IS NULL OR a.email = ${email})
    ORDER BY a.email`;
  return rows.map((row) => accountRow.parse(row));
}

function toCounts(
  counts: { readonly [state in AttemptState]?: number | undefined },
): Record<AttemptState, number> {
  const all = ATTEMPT_STATES.map((state) => [state, counts[state] ?? 0]);
  return Object.fromEntries(all) as Record<AttemptState, number>;
}
