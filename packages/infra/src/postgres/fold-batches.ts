import { type BatchMove, REACHED_PROVIDER_STATES } from '@catwalk/core';
import { type FoldedBatch, foldBatch, type LockedBatchRow, parseLockedBatches } from './fold-batch.js';
import { Prisma } from './generated/client.js';
import { type CeilingRow, stopClaims, writeCeilings } from './keep-ceilings.js';
import { KEPT } from './keep-plans.js';
import type { Database, Queryable } from './open-database.js';
import { type BatchEnds, takeBatchDeltas } from './take-batch-deltas.js';
import { type NewEvent, tellEvents } from './tell-events.js';

const FOLD_LOCK = 4_310_431_146;

/** A batch that paused, ended or runs again by itself, for the log. */
export interface MovedBatch {
  readonly batchId: string;
  readonly client: string;
  readonly move: BatchMove;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
}

/** What one round found. */
export interface FoldedRound {
  readonly moved: readonly MovedBatch[];
  /** Batches whose open jobs are to be canceled, and in whose name. */
  readonly canceling: readonly { readonly batchId: string; readonly actor: string }[];
  /** More deltas wait than one round takes. */
  readonly hasMore: boolean;
}

/** Whether of any batch something is to be counted or judged: one small read. */
async function hasWork(db: Database): Promise<boolean> {
  const rows = await db.prisma.$queryRaw<{ found: boolean }[]>`${KEPT}
    SELECT (SELECT id FROM catwalk.batch_delta ORDER BY id LIMIT 1) IS NOT NULL OR EXISTS (${judgedBatches()}) AS found`;
  return rows[0]?.found === true;
}

/**
 * Batches that may move though nothing ended since the last round; one that is being received does not, and one that
 * is paused only when nothing of it is open.
 */
function judgedBatches(): Prisma.Sql {
  return Prisma.sql`
    SELECT id FROM catwalk.batch WHERE state <> 'finished' AND state <> 'canceled'
      AND state IN ('running', 'paused', 'canceling')
      AND (state <> 'paused' OR succeeded + failed + canceled >= total)`;
}

/**
 * Counts what ended of batches, numbers the ends in their order, and moves on the batches of which enough has
 * ended: all in one transaction, and by one process at a time; the others leave it to that one. Batches are
 * locked, and no job is.
 *
 * @returns null: there was nothing to do, or another process does it
 */
export async function foldBatches(db: Database): Promise<FoldedRound | null> {
  if (!(await hasWork(db))) return null;
  try {
    return await foldOnce(db);
  } catch (error) {
    if (!(error instanceof ClaimsMustStop)) throw error;
    return foldOnce(db, { claimsStop: true });
  }
}

/** A ceiling is to hold again, and claims are stopped before batches are locked. */
class ClaimsMustStop extends Error {}

async function foldOnce(db: Database, { claimsStop = false } = {}): Promise<FoldedRound | null> {
  return db.prisma.$transaction(async (tx) => {
    const lock = await tx.$queryRaw<{ ok: boolean }[]>`${KEPT}
      SELECT pg_try_advisory_xact_lock(${FOLD_LOCK}) AS ok`;
    if (lock[0]?.ok !== true) return null;
    if (claimsStop) await stopClaims(tx);
    return foldLocked(tx, claimsStop);
  });
}

async function foldLocked(tx: Queryable, claimsStop: boolean): Promise<FoldedRound> {
  const rows = await lockBatches(tx);
  const ends = await takeBatchDeltas(
    tx,
    rows.map((row) => row.id),
  );
  const pilots = await readPilots(tx, rows);
  const starts = await readStarts(tx, rows);
  const folded = rows.map((row) =>
    foldBatch(row, {
      changes: ends.changes.get(row.id) ?? [],
      complete: ends.complete,
      pilot: pilots.get(row.id) ?? null,
      startedAt: starts.get(row.id) ?? null,
    }),
  );
  const ceilings = ceilingsOf(folded);
  if (ceilings.length > 0 && !claimsStop) throw new ClaimsMustStop();
  await writeBatches(tx, folded);
  await tellEvents(tx, folded.flatMap(eventOf));
  if (ceilings.length > 0) await writeCeilings(tx, ceilings);
  return roundOf(folded, ends);
}

/** That a batch runs again was told by the job that is open again. */
function eventOf({ row, move }: FoldedBatch): NewEvent[] {
  if (move === null || move.kind === 'running') return [];
  const said = { batchId: row.id, client: row.client, actor: 'worker' };
  return move.kind === 'paused'
    ? [{ ...said, type: 'batch.paused', data: { reason: move.reason } }]
    : [{ ...said, type: `batch.${move.kind}` }];
}

/** The ceilings of batches that run again: they went when these had ended. */
function ceilingsOf(folded: readonly FoldedBatch[]): CeilingRow[] {
  return folded.flatMap(({ row: { id, maxImages }, move }) =>
    move?.kind === 'running' && maxImages !== null ? [{ scope: 'batch', name: id, images: maxImages }] : [],
  );
}

function roundOf(folded: readonly FoldedBatch[], ends: BatchEnds): FoldedRound {
  const moved = folded.flatMap(({ row, counts: { succeeded, failed, canceled }, move }) =>
    move === null
      ? []
      : [{ batchId: row.id, client: row.client, move, total: row.total, succeeded, failed, canceled }],
  );
  const canceling = folded
    .filter(({ row, move }) => row.state === 'canceling' && move === null)
    .map(({ row }) => ({ batchId: row.id, actor: row.pausedBy ?? row.client }));
  return { moved, canceling, hasMore: !ends.complete };
}

/** Locks the batches that may move, and those of which something ended, by their ids. */
async function lockBatches(tx: Queryable): Promise<LockedBatchRow[]> {
  const rows = await tx.$queryRaw<unknown[]>`${KEPT}
    SELECT b.id, b.client, b.state, b.state_since AS "stateSince", b.paused_by AS "pausedBy", b.piloting,
      b.failure_ratio AS "failureRatio", b.failures_after AS "failuresAfter", b.guard_ended AS "guardEnded",
      b.guard_failed AS "guardFailed", b.max_images AS "maxImages", b.total, b.succeeded, b.failed, b.canceled, b.failures,
      b.images_billed AS "imagesBilled", b.pace, b.paced_at AS "pacedAt", b.started_at AS "startedAt",
      b.upload_until > clock_timestamp() AS "isBeingRetried", clock_timestamp() AS now
    FROM catwalk.batch b WHERE b.id = ANY (ARRAY(
      SELECT batch_id FROM (SELECT batch_id FROM catwalk.batch_delta ORDER BY id LIMIT 5000) d
      UNION ${judgedBatches()}
    ))
    ORDER BY b.id FOR NO KEY UPDATE OF b`;
  return parseLockedBatches(rows);
}

interface PilotRow {
  readonly id: string;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
}

/** Where the jobs of the pilots stand for which others wait. */
async function readPilots(tx: Queryable, rows: readonly LockedBatchRow[]): Promise<Map<string, PilotRow>> {
  const ids = rows.filter((row) => row.state === 'running' && row.piloting).map((row) => row.id);
  if (ids.length === 0) return new Map();
  const pilots = await tx.$queryRaw<PilotRow[]>`${KEPT}
    SELECT b.id, p.* FROM catwalk.batch b CROSS JOIN LATERAL (
      SELECT count(*)::int AS total, count(*) FILTER (WHERE t.status = 'succeeded')::int AS succeeded,
        count(*) FILTER (WHERE t.status = 'failed')::int AS failed,
        count(*) FILTER (WHERE t.status = 'canceled')::int AS canceled
      FROM catwalk.try_on t WHERE t.id = ANY (b.pilot_ids)
    ) p WHERE b.id = ANY (${ids}::text[])`;
  return new Map(pilots.map((pilot) => [pilot.id, pilot]));
}

/** When the first of a batch was submitted, for batches of which that is not known yet. */
async function readStarts(tx: Queryable, rows: readonly LockedBatchRow[]): Promise<Map<string, Date>> {
  const ids = rows.filter((row) => row.startedAt === null && row.state !== 'receiving').map((row) => row.id);
  if (ids.length === 0) return new Map();
  const starts = await tx.$queryRaw<{ id: string; at: Date }[]>`${KEPT}
    SELECT batch_id AS id, min(sent_at) AS at FROM catwalk.attempt
    WHERE batch_id = ANY (${ids}::text[]) AND state = ANY (${[...REACHED_PROVIDER_STATES]}::text[]) GROUP BY batch_id`;
  return new Map(starts.map(({ id, at }) => [id, at]));
}

/** Writes the batches that changed. Of those that ended, the ceilings hold nothing back any more. */
async function writeBatches(tx: Queryable, folded: readonly FoldedBatch[]): Promise<void> {
  const changed = folded.filter((batch) => batch.columns !== null);
  if (changed.length === 0) return;
  await tx.$executeRaw`${KEPT}
    UPDATE catwalk.batch b SET succeeded = n.succeeded, failed = n.failed, canceled = n.canceled,
      failures = n.failures, images_billed = n.images_billed, guard_ended = n.guard_ended,
      guard_failed = n.guard_failed, pace = n.pace, paced_at = n.paced_at, started_at = n.started_at,
      state = coalesce(n.state, b.state),
      state_since = CASE WHEN n.state IS NULL THEN b.state_since ELSE clock_timestamp() END,
      pause_reason = CASE WHEN n.state IS NULL THEN b.pause_reason ELSE n.pause_reason END,
      pause_detail = CASE WHEN n.state IS NULL THEN b.pause_detail ELSE n.pause_detail END,
      paused_by = CASE WHEN n.state IS NULL OR n.state = 'canceled' THEN b.paused_by ELSE n.paused_by END,
      piloting = b.piloting AND n.state IS DISTINCT FROM 'finished' AND n.state IS DISTINCT FROM 'canceled',
      finished_at = CASE WHEN n.state IN ('finished', 'canceled') THEN clock_timestamp()
        WHEN n.state = 'running' THEN NULL ELSE b.finished_at END,
      updated_at = clock_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(changed.map((batch) => batch.columns))}::jsonb) AS n(id text,
      succeeded int, failed int, canceled int, failures jsonb, images_billed int, guard_ended int,
      guard_failed int, pace float8, paced_at timestamptz, started_at timestamptz, state text, pause_reason text,
      pause_detail text, paused_by text)
    WHERE b.id = n.id`;
  const ended = changed
    .filter(({ move }) => move?.kind === 'finished' || move?.kind === 'canceled')
    .map(({ row }) => row.id);
  if (ended.length > 0)
    await tx.$executeRaw`DELETE FROM catwalk.ceiling WHERE scope = 'batch' AND name = ANY (${ended}::text[])`;
}
