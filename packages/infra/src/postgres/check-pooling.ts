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
