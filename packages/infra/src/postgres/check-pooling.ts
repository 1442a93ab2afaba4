import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { CheckResult } from '../process/report-checks.js';

const NOTIFICATION_WAIT_MS = 1_500;

/**
 * Proves that what one connection notifies another hears. A pooler that lends connections per transaction
 * breaks that.
 */
export async function checkNotifications(listening: pg.Client, notifying: pg.Client): Promise<CheckResult> {
  const check = 'notifications';
  const channel = `catwalk_check_${randomUUID().slice(0, 8)}`;
  const heard = hear(listening, channel);
  await listening.query(`LISTEN ${channel}`);
  await notifying.query(`NOTIFY ${channel}`);
  const isHeard = await heard;
  await listening.query(`UNLISTEN ${channel}`);
  if (isHeard) return { check, severity: 'ok', code: 'notifications', message: 'LISTEN and NOTIFY work' };
  return {
    check,
    severity: 'warn',
    code: 'listen_broken',
    message:
      'notifications do not arrive, so free slots and new jobs are found by asking once a second: connect to PostgreSQL directly, or by a pooler in session mode (DATABASE_URL)',
  };
}

function hear(client: pg.Client, channel: string): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(false), NOTIFICATION_WAIT_MS);
    const onNotification = (message: pg.Notification) => {
      if (message.channel === channel) settle(true);
    };
    const settle = (isHeard: boolean) => {
      clearTimeout(timer);
      client.off('notification', onNotification);
      resolve(isHeard);
    };
    client.on('notification', onNotification);
  });
}

const NAMED = { name: 'catwalk_check', text: 'SELECT 1' };
/** No such statement, and: there is one of that name already. */
const LOST_STATES = new Set(['26000', '42P05']);

/**
 * Proves that a statement prepared on a connection is there when it is used again: a pooler that lends
 * connections per transaction may lend another one meanwhile. So a second connection holds one in a
 * transaction between the two uses.
 */
export async function checkPrepared(client: pg.Client, other: pg.Client): Promise<CheckResult> {
  const check = 'prepared statements';
  try {
    await client.query(NAMED);
    await other.query('BEGIN');
    await other.query(NAMED);
    await client.query(NAMED);
  } catch (error) {
    if (!LOST_STATES.has(String((error as { code?: unknown }).code))) throw error;
    return {
      check,
      severity: 'refuse',
      code: 'prepared_statements_lost',
      message:
        'a pooler in front of PostgreSQL loses prepared statements, which every busy statement of ours is: connect directly or in session mode (DATABASE_URL), or set max_prepared_statements in PgBouncer 1.21 or newer',
    };
  } finally {
    await other.query('ROLLBACK').catch(() => undefined);
  }
  return { check, severity: 'ok', code: 'prepared_statements', message: 'they are kept' };
}
