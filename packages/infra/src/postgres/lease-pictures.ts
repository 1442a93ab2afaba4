import type { Database } from './open-database.js';

/** A picture that is to be fetched and kept, by us alone while the lease lasts. */
export interface LeasedPicture {
  readonly id: bigint;
  readonly tryOnId: string;
  readonly attemptId: string;
  readonly position: number;
  readonly providerUrl: string;
  /** With this one. */
  readonly tries: number;
  /** What the try before came to; null: this is the first. */
  readonly error: string | null;
  /** It was told already that it is at risk. */
  readonly warned: boolean;
  /** How long it has been waiting, by the database's clock. */
  readonly ageMs: number;
  /** Of the task, so that its addresses can be asked for again. */
  readonly account: string;
  readonly providerTaskId: string | null;
}

/** So many of those that are due longest are put in the order of their addresses. */
const NEAR = 256;

/**
 * Takes pictures that are due, those with the oldest addresses first: they die first. Many workers share them.
 *
 * @param leaseMs nobody else fetches them that long; longer than a try takes
 */
export async function leasePictures(
  db: Database,
  { leaseMs, limit }: { readonly leaseMs: number; readonly limit: number },
): Promise<LeasedPicture[]> {
  return db.prisma.$queryRaw<LeasedPicture[]>`
    WITH near AS MATERIALIZED (
      SELECT id FROM catwalk.archived_image WHERE state = 'waiting' AND due_at <= clock_timestamp()
      ORDER BY due_at LIMIT ${NEAR}
    ),
    chosen AS MATERIALIZED (
      SELECT id FROM catwalk.archived_image
      WHERE id = ANY (ARRAY(SELECT id FROM near)) AND state = 'waiting' AND due_at <= clock_timestamp()
      ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ),
    leased AS (
      UPDATE catwalk.archived_image SET tries = tries + 1,
        due_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      WHERE id = ANY (ARRAY(SELECT id FROM chosen))
      RETURNING *
    )
    SELECT l.id, l.try_on_id AS "tryOnId", l.attempt_id AS "attemptId", l.position,
      l.provider_url AS "providerUrl", l.tries, l.error, l.warned, a.account,
      a.provider_task_id AS "providerTaskId",
      (extract(epoch FROM clock_timestamp() - l.created_at) * 1000)::float8 AS "ageMs"
    FROM leased l JOIN catwalk.attempt a ON a.id = l.attempt_id ORDER BY l.id`;
}
