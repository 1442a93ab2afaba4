import { type AttemptEnd, type CallbackState, judgeCallbacks } from '@catwalk/core';
import { z } from 'zod';
import type { Database } from './open-database.js';

/** What is known of the provider's callbacks. */
export interface CallbackHealth {
  readonly state: CallbackState;
  /** The last callback that belonged to an attempt of ours. */
  readonly lastReceivedAt: Date | null;
  readonly receivedLastHour: number;
  /** Attempts that ended in the last hour without any callback: their results were found by asking. */
  readonly polledLastHour: number;
  /** Kept callbacks for attempts of another database. */
  readonly orphans: number;
  /** Newest first: the last ends for which a callback was asked, and had its time to come. */
  readonly lastEnds: readonly (AttemptEnd & { readonly attemptId: string; readonly jobId: string })[];
}

const end = z.object({
  attemptId: z.string(),
  jobId: z.string(),
  at: z.string().transform((text) => new Date(text)),
  called: z.boolean(),
});

const healthRow = z.object({
  callbacks: z.string().nullable(),
  lastReceivedAt: z.date().nullable(),
  receivedLastHour: z.number(),
  polledLastHour: z.number(),
  orphans: z.number(),
  lastEnds: z.array(end),
});

/**
 * Reads what came of the callbacks that were asked for, and judges it. By the statement's own time, since
 * Postgres cannot look up a clock that moves while it runs in an index.
 */
export async function readCallbackHealth(db: Database): Promise<CallbackHealth> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT (SELECT value FROM catwalk.setting WHERE key = 'callbacks') AS callbacks,
      (SELECT max(received_at) FROM catwalk.callback
        WHERE decision <> ALL (ARRAY['orphan', 'mismatched', 'malformed'])) AS "lastReceivedAt",
      (SELECT count(*)::int FROM catwalk.callback
        WHERE decision <> ALL (ARRAY['orphan', 'mismatched', 'malformed'])
          AND received_at > statement_timestamp() - interval '1 hour') AS "receivedLastHour",
      (SELECT count(*)::int FROM catwalk.attempt a
        WHERE a.state = ANY (ARRAY['ended_succeeded', 'ended_failed'])
          AND a.state_since > statement_timestamp() - interval '1 hour'
          AND NOT EXISTS (SELECT FROM catwalk.callback k WHERE k.reply_ref = a.reply_ref
            AND k.decision <> ALL (ARRAY['orphan', 'mismatched', 'malformed']))) AS "polledLastHour",
      (SELECT count(*)::int FROM catwalk.callback WHERE decision = 'orphan') AS orphans,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('attemptId', e.id, 'jobId', e.try_on_id, 'at', e.state_since,
          'called', EXISTS (SELECT FROM catwalk.callback k WHERE k.reply_ref = e.reply_ref
            AND k.decision <> ALL (ARRAY['orphan', 'mismatched', 'malformed']))) ORDER BY e.state_since DESC), '[]')
        FROM (
          SELECT r.* FROM (
            SELECT a.id, a.try_on_id, a.reply_ref, a.state_since, a.exchange FROM catwalk.attempt a
            WHERE a.state = ANY (ARRAY['ended_succeeded', 'ended_failed'])
              AND a.state_since <= statement_timestamp() - interval '1 millisecond' * coalesce((
                SELECT value::float8 FROM catwalk.setting WHERE key = 'callback_grace_ms'), 60000)
            ORDER BY a.state_since DESC LIMIT 20
          ) r
          WHERE r.exchange->'request'->>'replyUrl' IS NOT NULL ORDER BY r.state_since DESC LIMIT 3
        ) e) AS "lastEnds"`;
  const { callbacks, ...facts } = healthRow.parse(rows[0]);
  return {
    ...facts,
    state: judgeCallbacks({ ...facts, on: callbacks === null ? null : callbacks === 'on' }),
  };
}

/**
 * Notes whether results are called back at all, and how long a callback may take: the worker knows, and the
 * API tells.
 */
export async function keepCallbackSettings(
  db: Database,
  settings: { readonly on: boolean; readonly graceMs: number },
): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.setting (key, value)
    VALUES ('callbacks', ${settings.on ? 'on' : 'off'}), ('callback_grace_ms', ${String(settings.graceMs)})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
}
