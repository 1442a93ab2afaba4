import { makeId } from '@catwalk/infra/postgres';
import { runSql } from './run-sql.js';

/** A batch as it stands after its upload; what matters to a test is told by it. */
interface BatchRows {
  readonly client?: string;
  readonly lines?: number;
  readonly state?: string;
  /** Any other column of the batch: `{ piloting: true }`. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

/** Stores a batch with so many queued jobs by plain SQL, and tells its id and theirs, in the order of the lines. */
export async function seedBatchRows(
  url: string,
  { client = 'anna', lines = 10, state = 'running', columns = {} }: BatchRows = {},
): Promise<{ id: string; jobIds: string[] }> {
  const id = makeId('bat');
  const now = new Date();
  const stored = {
    ...{ id, client, format: 'ndjson', options: 'hash', state, state_since: now, priority: 1, total: lines },
    ...{ images: lines, created_at: now, updated_at: now, ...columns },
  };
  const names = Object.keys(stored);
  await runSql(
    url,
    `INSERT INTO catwalk.batch (${names.join()}) VALUES (${names.map((_, n) => `$${n + 1}`).join()})`,
    Object.values(stored),
  );
  const rows = await runSql<{ id: string }>(
    url,
    `INSERT INTO catwalk.try_on (id, client, origin, batch_id, batch_line, custom_id, human_image, dress_input,
       image_count, priority, lane, flow, status, status_since, due_at, created_at, updated_at)
     SELECT 'try_' || substr($1, 5, 12) || right($1, 12) || lpad(to_hex(n), 8, '0'), $2, 'batch', $1, n, 'look-' || n,
       'https://pictures.example/' || n, 'https://pictures.example/dress.jpg', 1, 1, '*', $1, 'queued', now(), now(),
       now(), now()
     FROM generate_series(1, $3::int) n RETURNING id`,
    [id, client, lines],
  );
  return { id, jobIds: rows.map((row) => row.id) };
}

/** Ends queued jobs of a batch in one statement, as the worker's saves do: the jobs with their deltas. */
export async function endInBatch(
  url: string,
  jobIds: readonly string[],
  end: { readonly status: 'succeeded' | 'failed' | 'canceled'; readonly code?: string } = {
    status: 'succeeded',
  },
): Promise<void> {
  const error =
    end.code === undefined
      ? null
      : { code: end.code, message: 'It failed', providerStatus: 500, providerMessage: 'nsfw' };
  const images = [{ url: 'https://cdn.example/result.png', width: 768, height: 1024 }];
  await runSql(
    url,
    `WITH ended AS (
       UPDATE catwalk.try_on SET status = $2, status_since = now(), finished_at = now(), error = $3::jsonb,
         version = version + 1, updated_at = now()
       WHERE id = ANY ($1) RETURNING id, batch_id, client
     ), attempt AS (
       INSERT INTO catwalk.attempt (id, try_on_id, client, batch_id, number, reply_ref, account, state, state_since,
         image_count, images_billed, images, sent_at, deadline_at)
       SELECT 'att_' || right(id, 32), id, client, batch_id, 1, 'att_' || right(id, 32), 'anna@example.com',
         'ended_succeeded', now(), 1, 1, $4::jsonb, now(), now() FROM ended WHERE $2 = 'succeeded'
     )
     INSERT INTO catwalk.batch_delta (batch_id, try_on_id, ended, code, images_billed)
     SELECT batch_id, id, $2, $5, CASE WHEN $2 = 'succeeded' THEN 1 ELSE 0 END FROM ended ORDER BY id`,
    [jobIds, end.status, JSON.stringify(error), JSON.stringify(images), end.code ?? null],
  );
}

/** Gives a batch so many lines that could not be made jobs, from line 1001 on. */
export async function seedInvalidLines(
  url: string,
  batchId: string,
  count: number,
  cells: Readonly<Record<string, string>> | null = null,
): Promise<void> {
  const issues = [{ path: 'imageCount', message: 'is wrong' }];
  await runSql(
    url,
    `INSERT INTO catwalk.batch_invalid_line (batch_id, line, issues, cells)
     SELECT $1, 1000 + n, $2::jsonb, $3::jsonb FROM generate_series(1, $4::int) n`,
    [batchId, JSON.stringify(issues), cells && JSON.stringify(cells), count],
  );
}
