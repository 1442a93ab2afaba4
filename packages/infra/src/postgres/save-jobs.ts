import { type Attempt, isEventType, type Job, type JobFact } from '@catwalk/core';
import { ARCHIVES, type PictureColumns, picturesOf } from './archive-setting.js';
import { BATCH_DELTAS, type BatchDeltaColumns, batchDeltaOf } from './batch-delta-of.js';
import { COPY_LANE } from './copy-lane.js';
import { Prisma } from './generated/client.js';
import { KEPT } from './keep-plans.js';
import { CALLBACKS, type KeptCallback, mergeRepeats } from './kept-callbacks.js';
import type { Queryable } from './open-database.js';
import { EVENTS_CHANNEL } from './tell-events.js';

/** One job's change, guarded by the version and the current attempt it was judged on. */
export interface JobChange {
  readonly before: Job;
  readonly version: number;
  readonly batchId: string | null;
  readonly job: Job;
  readonly attempts: readonly Attempt[];
  readonly facts: readonly (JobFact & { readonly actor: string })[];
  /** Redacted exchanges by attempt id. */
  readonly exchanges: ReadonlyMap<string, unknown>;
}

/**
 * Writes jobs, attempts, events and callbacks in one statement, and so in one transaction. A change whose
 * guard is lost is left out with everything that belongs to it.
 *
 * When an attempt is looked at next, how often it was and when it was last listed belong to the watch, which
 * writes them by itself; a save only ends the looks of an attempt that ended, and lets one that opens again be
 * looked at at once.
 *
 * Locks are taken on the jobs by id before anything is written; inserts come after them, sorted.
 *
 * @param runningBatch the id of a batch that must be running or paused, else nothing is saved: its row is locked
 *   before the jobs, so that no order to it comes between
 * @returns the ids of the jobs that were saved
 */
export async function saveJobs(
  db: Queryable,
  changes: readonly JobChange[],
  callbacks: readonly KeptCallback[],
  runningBatch: string | null = null,
): Promise<ReadonlySet<string>> {
  const deltas = changes.flatMap(batchDeltaOf);
  const pictures = changes.flatMap(picturesOf);
  const rows = await db.$queryRaw<{ saved: string[] | null }[]>`${KEPT}
    WITH input AS MATERIALIZED (SELECT ${toJson(changes, callbacks, deltas, pictures)}::jsonb AS doc),
    change AS MATERIALIZED (
      SELECT c.* FROM input, jsonb_to_recordset(doc->'jobs') AS c(
        id text, version int, expected_attempt_id text, status text, status_since timestamptz,
        current_attempt_id text, error jsonb, due_at timestamptz, retried_at timestamptz, submitted_at timestamptz,
        finished_at timestamptz)
    ),
    ${runningBatch === null ? Prisma.empty : holdRunning(runningBatch)}
    locked AS MATERIALIZED (
      SELECT t.id FROM catwalk.try_on t JOIN change c ON c.id = t.id
      -- An array, since a join with a guessed number of rows would read the whole table through.
      WHERE t.id = ANY (ARRAY(SELECT id FROM change))
        AND t.version = c.version AND t.current_attempt_id IS NOT DISTINCT FROM c.expected_attempt_id
        ${runningBatch === null ? Prisma.empty : Prisma.sql`AND EXISTS (SELECT FROM held)`}
      ORDER BY t.id FOR NO KEY UPDATE OF t
    ),
    saved AS (
      UPDATE catwalk.try_on t SET
        status = c.status, status_since = c.status_since, current_attempt_id = c.current_attempt_id,
        error = nullif(c.error, 'null'), due_at = c.due_at, retried_at = c.retried_at,
        submitted_at = c.submitted_at, finished_at = c.finished_at, version = t.version + 1, updated_at = clock_timestamp(),
        -- Whether the copies of its inputs are still there is found out anew.
        lane = CASE WHEN t.copy_inputs AND c.status = 'queued' AND c.retried_at IS DISTINCT FROM t.retried_at
          THEN ${COPY_LANE} ELSE t.lane END,
        carried_at = CASE WHEN t.status = 'queued' AND c.status = 'queued' THEN t.carried_at END
      FROM change c JOIN locked l ON l.id = c.id WHERE t.id = c.id
      RETURNING t.id, t.status, t.client, t.batch_id
    ),
    updated AS (
      UPDATE catwalk.attempt a SET
        state = n.state, state_since = n.state_since, provider_task_id = n.provider_task_id,
        provisional = n.provisional, images_billed = n.images_billed, images = n.images,
        failure = nullif(n.failure, 'null'), exchange = coalesce(nullif(n.exchange, 'null'), a.exchange),
        answered_at = n.answered_at,
        checks = CASE WHEN n.state = a.state OR a.state IN ('sending', 'accepted', 'unknown')
            AND n.state <> 'given_up' THEN a.checks ELSE 0 END,
        next_check_at = CASE WHEN n.state = 'given_up' THEN n.next_check_at
          WHEN n.state NOT IN ('sending', 'accepted', 'unknown') THEN NULL
          WHEN a.state IN ('sending', 'accepted', 'unknown') THEN a.next_check_at ELSE clock_timestamp() END
      FROM input, jsonb_to_recordset(doc->'attempts') AS n(id text, try_on_id text, state text,
        state_since timestamptz, provider_task_id text, provisional boolean, images_billed int, images jsonb,
        failure jsonb, exchange jsonb, answered_at timestamptz, next_check_at timestamptz)
      WHERE a.id = n.id AND n.try_on_id IN (SELECT id FROM saved)
      RETURNING a.state
    ),
    inserted AS (
      INSERT INTO catwalk.attempt (id, try_on_id, client, batch_id, number, reply_ref, account, state, state_since,
        image_count, sent_at, deadline_at, next_check_at)
      SELECT n.id, n.try_on_id, s.client, s.batch_id, n.number, n.reply_ref, n.account, n.state, n.state_since, n.image_count,
        n.sent_at, n.deadline_at, n.next_check_at
      FROM input, jsonb_to_recordset(doc->'newAttempts') AS n(id text, try_on_id text, number int, reply_ref text,
        account text, state text, state_since timestamptz, image_count int, sent_at timestamptz,
        deadline_at timestamptz, next_check_at timestamptz)
      JOIN saved s ON s.id = n.try_on_id
      ORDER BY n.id
    ),
    events AS (
      INSERT INTO catwalk.event (try_on_id, attempt_id, kind, actor, data, at)
      SELECT n.try_on_id, n.attempt_id, n.kind, n.actor, n.data, clock_timestamp()
      FROM input, jsonb_to_recordset(doc->'events') AS n(ord int, try_on_id text, attempt_id text, kind text,
        actor text, data jsonb)
      WHERE n.try_on_id IN (SELECT id FROM saved)
      ORDER BY n.ord
    ),
    told AS (
      INSERT INTO catwalk.event_outbox (type, client, try_on_id, batch_id, actor, data, at)
      SELECT n.kind, s.client, s.id, s.batch_id, n.actor, n.told, clock_timestamp()
      FROM input, jsonb_to_recordset(doc->'events') AS n(ord int, try_on_id text, kind text, actor text, told jsonb)
      JOIN saved s ON s.id = n.try_on_id
      WHERE n.told IS NOT NULL
      ORDER BY n.ord
      RETURNING id
    ),
    ${callbacks.length > 0 ? CALLBACKS : Prisma.empty}
    ${deltas.length > 0 ? BATCH_DELTAS : Prisma.empty}
    ${pictures.length > 0 ? ARCHIVES : Prisma.empty}
    woken AS (
      SELECT pg_notify('catwalk_work', '') WHERE EXISTS (SELECT FROM saved WHERE status = 'queued')
        OR EXISTS (SELECT FROM updated WHERE state NOT IN ('sending', 'accepted', 'unknown'))
      UNION ALL SELECT pg_notify(${EVENTS_CHANNEL}, '') WHERE EXISTS (SELECT FROM told)
    )
    SELECT (SELECT array_agg(id) FROM saved) AS saved, (SELECT count(*) FROM woken) AS woken`;
  return new Set(rows[0]?.saved ?? []);
}

/** Shared, as several may save jobs of one batch; whoever gives an order to it waits, and they for him. */
function holdRunning(batchId: string): Prisma.Sql {
  return Prisma.sql`
    held AS MATERIALIZED (
      SELECT id FROM catwalk.batch WHERE id = ${batchId} AND state IN ('running', 'paused') FOR SHARE
    ),`;
}

function toJson(
  changes: readonly JobChange[],
  callbacks: readonly KeptCallback[],
  deltas: readonly BatchDeltaColumns[],
  pictures: readonly PictureColumns[],
): string {
  const text = JSON.stringify({
    jobs: changes.map(jobColumns),
    attempts: changes.flatMap((change) => knownAttempts(change).map((one) => attemptColumns(change, one))),
    newAttempts: changes.flatMap((change) =>
      newAttempts(change).map((one) => newAttemptColumns(change, one)),
    ),
    events: changes.flatMap(eventColumns).map((event, ord) => ({ ord, ...event })),
    callbacks: mergeRepeats(callbacks),
    batchDeltas: deltas.map((delta, ord) => ({ ord, ...delta })),
    pictures,
  });
  return storable(text);
}

const UNSTORABLE = /\\u(?:0000|[dD][89abAB])/;

/** NUL and lone surrogates would make Postgres refuse the whole batch; JSON.stringify escapes both. */
function storable(text: string): string {
  if (!UNSTORABLE.test(text)) return text;
  const clean = (_key: string, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value;
  return JSON.stringify(JSON.parse(text, clean));
}

function jobColumns(change: JobChange): Record<string, unknown> {
  const { job } = change;
  return {
    id: job.id,
    version: change.version,
    expected_attempt_id: change.before.currentAttemptId,
    status: job.status,
    status_since: job.statusSince,
    current_attempt_id: job.currentAttemptId,
    error: job.error,
    due_at: job.dueAt,
    retried_at: job.retriedAt,
    submitted_at: job.submittedAt,
    finished_at: job.finishedAt,
  };
}

function knownAttempts({ before, attempts }: JobChange): Attempt[] {
  return attempts.filter((attempt) => before.attempts.some((known) => known.id === attempt.id));
}

function newAttempts({ before, attempts }: JobChange): Attempt[] {
  return attempts.filter((attempt) => !before.attempts.some((known) => known.id === attempt.id));
}

/** What the core may change of an attempt. Of a deleted job a late end counts, and what it brought is not kept. */
function attemptColumns(change: JobChange, attempt: Attempt): Record<string, unknown> {
  const isDeleted = change.before.deletedAt !== null;
  return {
    id: attempt.id,
    try_on_id: change.job.id,
    state: attempt.state,
    state_since: attempt.stateSince,
    provider_task_id: attempt.providerTaskId,
    provisional: attempt.provisional,
    images_billed: attempt.imagesBilled,
    images: isDeleted ? [] : attempt.images,
    failure: attempt.failure,
    exchange: isDeleted ? null : (change.exchanges.get(attempt.id) ?? null),
    answered_at: attempt.answeredAt,
    next_check_at: attempt.nextCheckAt,
  };
}

/** An attempt as it begins: nothing is known of its task yet. */
function newAttemptColumns(change: JobChange, attempt: Attempt): Record<string, unknown> {
  return {
    id: attempt.id,
    try_on_id: change.job.id,
    number: attempt.number,
    reply_ref: attempt.replyRef,
    account: attempt.account,
    state: attempt.state,
    state_since: attempt.stateSince,
    image_count: attempt.imageCount,
    sent_at: attempt.sentAt,
    deadline_at: attempt.deadlineAt,
    next_check_at: attempt.nextCheckAt,
  };
}

function eventColumns(change: JobChange): Record<string, unknown>[] {
  return change.facts.map((fact) => ({
    try_on_id: change.job.id,
    attempt_id: fact.attemptId,
    kind: fact.kind,
    actor: fact.actor,
    data: fact.data,
    ...(isEventType(fact.kind) ? { told: toldOf(fact.data) } : {}),
  }));
}

/** What an event says beside its type; the rest is read from the job. */
function toldOf({ revived }: JobFact['data']): Record<string, unknown> {
  return revived === true ? { revived } : {};
}
