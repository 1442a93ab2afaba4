import { runSql } from '@catwalk/testkit';

/** Queued rows as the API writes them, without a request each: a backlog that need not be worked off. */
export async function insertFillers(databaseUrl: string, count: number): Promise<void> {
  await runSql(
    databaseUrl,
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, priority, lane,
       status, status_since, due_at, created_at, updated_at)
     SELECT 'try_' || replace(gen_random_uuid()::text, '-', ''), 'filler', 'api',
       'https://pictures.example/filler-' || n || '.jpg', 'https://pictures.example/dress.jpg', 1, 1, '*', 'queued',
       now(), now(), now(), now()
     FROM generate_series(1, $1::int) n`,
    [count],
  );
}

/** Takes those away that nobody has begun. */
export async function dropFillers(databaseUrl: string): Promise<void> {
  await runSql(
    databaseUrl,
    `DELETE FROM catwalk.try_on WHERE client = 'filler' AND status = 'queued'
       AND NOT EXISTS (SELECT FROM catwalk.attempt a WHERE a.try_on_id = try_on.id)`,
  );
}

export async function countFillers(databaseUrl: string): Promise<{ queued: number; failed: number }> {
  const [row] = await runSql<{ queued: number; failed: number }>(
    databaseUrl,
    `SELECT count(*) FILTER (WHERE status = 'queued')::int AS queued,
       count(*) FILTER (WHERE status = 'failed')::int AS failed
     FROM catwalk.try_on WHERE client = 'filler'`,
  );
  return row ?? { queued: 0, failed: 0 };
}
