import type { SubmitOutcome } from '@catwalk/core';
import { callbackAddress } from '@catwalk/provider';
import { isFresh } from './claim-time.js';
import type { WorkerContext } from './context.js';
import type { FreshClaim } from './fill-slots.js';
import { recordOutcome } from './record-outcome.js';

/**
 * Sends one claimed job to the provider, once, and records what came of it. An answer that is lost is never
 * made up for by sending again: it becomes `unanswered` and evidence decides.
 */
export async function submitClaim(context: WorkerContext, claim: FreshClaim): Promise<void> {
  const { job, claimedAt } = claim;
  // A worker that was told to stop does not begin what it may not see the end of.
  if (context.stopping.aborted || !isFresh(claimedAt))
    return recordOutcome(context, job, { kind: 'never-sent' }, null, 0);
  const started = performance.now();
  const { outcome, exchange } = await send(context, claim);
  await recordOutcome(context, job, outcome, exchange, Math.round(performance.now() - started));
}

async function send(
  context: WorkerContext,
  { job, claimedAt }: FreshClaim,
): Promise<{ outcome: SubmitOutcome; exchange: unknown }> {
  const { publicWebhookUrl, mode, callbackSecrets } = context.config;
  const secret = callbackSecrets[0];
  const replyUrl =
    publicWebhookUrl === null || secret === undefined
      ? null
      : callbackAddress(publicWebhookUrl, mode, job.replyRef, secret);
  const request = { ...job.request, email: job.account, replyUrl, replyRef: job.replyRef };
  // Looked at again when the bytes leave: a machine can stand still while it connects.
  return context.provider.submit(request, () => isFresh(claimedAt));
}
