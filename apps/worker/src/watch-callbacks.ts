import { endSilence, noteSilence, readCallbackHealth } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

const WHAT_TO_CHECK =
  'the last results were all found by asking, and none was called back: check that PUBLIC_WEBHOOK_URL can be reached ' +
  'from outside, that the proxy in front strips its path prefix and nothing else, and that CALLBACK_SECRET is the same ' +
  'for the worker and the webhook app';

/**
 * Notices that callbacks are asked for and do not come: results still arrive, only later, so nothing else
 * would tell. Each silence is told once, by one worker.
 */
export async function watchCallbacks(context: WorkerContext): Promise<void> {
  const { db, config, logger } = context;
  const { state, lastEnds, lastReceivedAt } = await readCallbackHealth(db);
  const [newest] = lastEnds;
  if (state !== 'silent' || newest === undefined) {
    if (await endSilence(db)) logger.info({ state }, 'callbacks.resumed');
    return;
  }
  const webhook = config.publicWebhookUrl;
  const data = { webhook, ends: lastEnds.map((end) => end.attemptId), lastReceivedAt, check: WHAT_TO_CHECK };
  if (await noteSilence(db, newest, data)) logger.warn({ jobId: newest.jobId, ...data }, 'callbacks.silent');
}
