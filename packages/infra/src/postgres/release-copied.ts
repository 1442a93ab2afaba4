import { COPY_LANE } from './copy-lane.js';
import type { Database } from './open-database.js';

/** What a job is submitted with from now on. */
export interface CopiedInputs {
  readonly jobId: string;
  /** The account that keeps the copies, where the provider does: the job runs there. */
  readonly account: string | null;
  readonly inputs: {
    readonly humanImage: string;
    readonly dressInput: string | null;
    readonly upperInput: string | null;
    readonly lowerInput: string | null;
    readonly assetIds: readonly string[];
  };
}

/** Lets jobs be carried: they are submitted with the addresses of copies. What the client sent is shown as before. */
export async function releaseCopied(db: Database, copied: readonly CopiedInputs[]): Promise<void> {
  if (copied.length === 0) return;
  const rows = copied.map(({ jobId, account, inputs }) => ({ id: jobId, account, inputs }));
  await db.prisma.$executeRaw`
    WITH copied AS MATERIALIZED (
      SELECT c.* FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS c(id text, account text, inputs jsonb)
    ),
    locked AS MATERIALIZED (
      SELECT t.id FROM catwalk.try_on t WHERE t.id = ANY (ARRAY(SELECT id FROM copied))
        AND t.status = 'queued' AND t.lane = ${COPY_LANE} ORDER BY t.id FOR NO KEY UPDATE
    ),
    released AS (
      UPDATE catwalk.try_on t SET submitted_inputs = c.inputs, email = coalesce(c.account, t.email),
        lane = coalesce(c.account, t.email, '*'), inputs_checked = true, updated_at = clock_timestamp()
      FROM copied c JOIN locked l ON l.id = c.id WHERE t.id = c.id RETURNING t.id
    ),
    events AS (
      INSERT INTO catwalk.event (try_on_id, kind, actor, at)
      SELECT id, 'try_on.inputs_copied', 'worker', clock_timestamp() FROM released ORDER BY id
    )
    SELECT pg_notify('catwalk_work', '') WHERE EXISTS (SELECT FROM released)`;
}
