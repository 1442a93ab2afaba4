import { Prisma } from './generated/client.js';

/** A callback as it is kept: raw, with what was decided of it. */
export interface KeptCallback {
  readonly id: string;
  readonly replyRef: string;
  readonly attemptId: string | null;
  readonly tryOnId: string | null;
  readonly decision: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Hex of the SHA-256 of the body: the same body of one replyRef is counted, not stored again. */
  readonly contentHash: string;
}

/** At most this many different bodies are kept per attempt. */
const BODIES_KEPT = 20;

/** The part of a save that keeps callbacks. To plan it takes longer than to save a job: most saves have none. */
export const CALLBACKS = Prisma.sql`
  callbacks AS (
    INSERT INTO catwalk.callback AS k (id, reply_ref, attempt_id, try_on_id, decision, body, headers,
      content_hash, repeats, received_at, last_received_at)
    SELECT n.id, n.reply_ref, n.attempt_id, n.try_on_id, n.decision, decode(n.body, 'base64'), n.headers,
      n.content_hash, n.repeats, clock_timestamp(), clock_timestamp()
    FROM (
      SELECT r.*, o.id IS NOT NULL AS known,
        row_number() OVER (PARTITION BY r.reply_ref, o.id IS NOT NULL ORDER BY r.id) AS nth
      FROM input
      CROSS JOIN jsonb_to_recordset(doc->'callbacks') AS r(id text, reply_ref text, attempt_id text,
        try_on_id text, decision text, body text, headers jsonb, content_hash text, repeats int)
      -- The limit keeps this from reading the whole table through.
      LEFT JOIN LATERAL (SELECT id FROM catwalk.callback o
        WHERE o.reply_ref = r.reply_ref AND o.content_hash = r.content_hash LIMIT 1) o ON true
    ) n
    WHERE (n.try_on_id IS NULL OR n.try_on_id IN (SELECT id FROM saved)
        OR n.try_on_id NOT IN (SELECT id FROM change))
      AND (n.known OR n.nth + (SELECT count(*) FROM catwalk.callback o
        WHERE o.reply_ref = n.reply_ref) <= ${BODIES_KEPT})
    ORDER BY n.reply_ref, n.content_hash
    ON CONFLICT (reply_ref, content_hash) DO UPDATE SET
      repeats = k.repeats + 1 + excluded.repeats, last_received_at = excluded.last_received_at
  ),`;

/** One statement cannot upsert the same row twice, so repeats inside a batch are counted here. */
export function mergeRepeats(callbacks: readonly KeptCallback[]): Record<string, unknown>[] {
  const rows = new Map<string, Record<string, unknown> & { repeats: number }>();
  for (const callback of callbacks) {
    const key = `${callback.replyRef} ${callback.contentHash}`;
    const known = rows.get(key);
    if (known !== undefined) known.repeats += 1;
    else rows.set(key, { ...callbackColumns(callback), repeats: 0 });
  }
  return [...rows.values()];
}

function callbackColumns(callback: KeptCallback): Record<string, unknown> {
  return {
    id: callback.id,
    reply_ref: callback.replyRef,
    attempt_id: callback.attemptId,
    try_on_id: callback.tryOnId,
    decision: callback.decision,
    body: Buffer.from(callback.body).toString('base64'),
    headers: callback.headers,
    content_hash: callback.contentHash,
  };
}
