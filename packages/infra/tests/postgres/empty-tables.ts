import { runSql } from '@catwalk/testkit';

/** Forgets every row between two tests: much quicker than a database for each. */
export async function emptyTables(url: string): Promise<void> {
  await runSql(
    url,
    'TRUNCATE catwalk.webhook_endpoint, catwalk.delivery, catwalk.try_on, catwalk.attempt, catwalk.event, catwalk.callback, catwalk.account, catwalk.provider, catwalk.lease, catwalk.turn, catwalk.pause, catwalk.input_check, catwalk.ceiling, catwalk.batch, catwalk.batch_chunk, catwalk.batch_invalid_line, catwalk.batch_delta, catwalk.batch_result, catwalk.event_outbox, catwalk.published_event, catwalk.archived_image, catwalk.picture_removal',
  );
}
