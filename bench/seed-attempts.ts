import { openDatabase } from '@catwalk/infra/postgres';
import { DIGITS, FIRST_TASK } from './callback-shots.js';

/** Jobs that wait for their callbacks, each with one accepted attempt, as the worker leaves them. */
export async function seedAttempts(databaseUrl: string, count: number): Promise<void> {
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  await db.prisma.$executeRawUnsafe(`
    INSERT INTO catwalk.try_on (id, client, origin, fingerprint, custom_id, human_image, dress_input, image_count,
      priority, lane, status, status_since, due_at, current_attempt_id, version, carry, submitted_at, created_at,
      updated_at)
    SELECT 'try_' || digits, 'bench', 'api', md5(digits), 'sku-' || n,
      'https://shop.example.com/media/catalogue/2025/humanImage/' || n || '.jpg',
      'https://shop.example.com/media/catalogue/2025/dressInput/' || n || '.jpg', 2, 1, '*', 'processing', now(),
      now(), 'att_' || digits, 3, 1, now(), now(), now()
    FROM (SELECT n, '${DIGITS}' || lpad(to_hex(n), 8, '0') AS digits FROM generate_series(0, ${count - 1}) AS n) s`);
  await db.prisma.$executeRawUnsafe(`
    INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, provider_task_id,
      image_count, images_billed, exchange, sent_at, answered_at, deadline_at, next_check_at)
    SELECT 'att_' || digits, 'try_' || digits, 'default', 1, 'att_' || digits, 'anna@example.com', 'accepted', now(),
      (${FIRST_TASK} + n)::text, 2, 2, jsonb_build_object('status', 200, 'body', repeat(md5(digits), 20)), now(),
      now(), now() + interval '30 minutes', now() + interval '1 minute'
    FROM (SELECT n, '${DIGITS}' || lpad(to_hex(n), 8, '0') AS digits FROM generate_series(0, ${count - 1}) AS n) s`);
  await db.prisma.$executeRawUnsafe(
    'ANALYZE catwalk.try_on, catwalk.attempt, catwalk.callback, catwalk.event',
  );
  await db.prisma.$executeRawUnsafe('CHECKPOINT');
  await db.close();
}
