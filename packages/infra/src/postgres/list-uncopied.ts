import { z } from 'zod';
import type { Database } from './open-database.js';

const submitted = z.object({
  humanImage: z.string(),
  dressInput: z.string().nullable(),
  upperInput: z.string().nullable(),
  lowerInput: z.string().nullable(),
  /** The assets that these are the addresses of. */
  assetIds: z.array(z.string()),
});

const uncopied = z.object({
  id: z.string(),
  client: z.string(),
  email: z.string().nullable(),
  humanImage: z.string(),
  dressInput: z.string().nullable(),
  upperInput: z.string().nullable(),
  lowerInput: z.string().nullable(),
  /** Of a job that was copied before: it was retried since. */
  submitted: submitted.nullable(),
  /** When its inputs were accepted: what was copied before that may have been another picture. */
  acceptedAt: z.date(),
  retriedAt: z.date().nullable(),
  /** Its batch is still being uploaded, and may yet be discarded: it must not end. */
  isReceiving: z.boolean(),
});

/** A job whose inputs are to be copied before it is carried. */
export type UncopiedJob = z.output<typeof uncopied>;

/** The jobs that wait for their copies, oldest first, so many behind a place. Pauses and batches hold none back. */
export async function listUncopied(db: Database, afterId: string, limit: number): Promise<UncopiedJob[]> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT t.id, t.client, t.email, t.human_image AS "humanImage", t.dress_input AS "dressInput",
      t.upper_input AS "upperInput", t.lower_input AS "lowerInput", t.submitted_inputs AS submitted,
      coalesce(b.created_at, t.created_at) AS "acceptedAt", t.retried_at AS "retriedAt",
      coalesce(b.state = 'receiving', false) AS "isReceiving"
    FROM catwalk.try_on t LEFT JOIN catwalk.batch b ON b.id = t.batch_id
    WHERE t.status = 'queued' AND t.lane = '+copy' AND t.id > ${afterId} ORDER BY t.id LIMIT ${limit}`;
  return rows.map((row) => uncopied.parse(row));
}
