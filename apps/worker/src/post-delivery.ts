import { type DeliveryAnswer, judgeDelivery } from '@catwalk/core';
import type { GuardedAnswer, GuardedClient } from '@catwalk/infra/outbound';
import type { DeliveryOutcome } from '@catwalk/infra/postgres';
import type { WrittenDelivery } from './write-deliveries.js';

/** A receiver that takes longer has not taken it. */
export const POST_TIMEOUT_MS = 15_000;
/** Of an answer's body so much is kept. */
const RESPONSE_BYTES_MAX = 2_048;

/**
 * Sends one delivery, once, and judges the answer. Nothing is followed elsewhere.
 *
 * @returns null when it was broken off because the worker stops
 */
export async function postDelivery(
  client: GuardedClient,
  { claimed, url, headers, body }: WrittenDelivery,
  stopping: AbortSignal,
): Promise<DeliveryOutcome | null> {
  const answer = await client.ask({
    url,
    method: 'POST',
    headers,
    body,
    maxBytes: RESPONSE_BYTES_MAX,
    cut: true,
    packed: true,
    timeoutMs: POST_TIMEOUT_MS,
    stopping,
  });
  if (answer.kind === 'failed' && answer.reason === 'stopped') return null;
  const read = readAnswer(answer, claimed.now);
  return {
    claimed,
    verdict: judgeDelivery(read, claimed, Math.random()),
    status: read.kind === 'answered' ? read.status : null,
    error: read.kind === 'unanswered' ? read.reason : null,
    response: answer.kind === 'answered' ? readResponse(answer) : null,
  };
}

type Answered = Extract<GuardedAnswer, { kind: 'answered' }>;

function readAnswer(answer: GuardedAnswer, now: Date): DeliveryAnswer {
  if (answer.kind === 'answered')
    return { kind: 'answered', status: answer.status, retryAfterMs: readRetryAfterMs(answer, now) };
  return { kind: 'unanswered', reason: WORDS[answer.reason] };
}

const WORDS: Readonly<Record<Exclude<GuardedAnswer, Answered>['reason'], string>> = {
  unreachable: 'could not be reached, or broke off',
  timeout: `no answer within ${POST_TIMEOUT_MS / 1_000} seconds`,
  stopped: 'broken off',
  too_large: 'the answer is too large',
  encoded: 'the answer is packed',
  private_address: 'the address lies in a private network',
  too_many_redirects: 'it redirects',
  not_an_address: 'not an address',
  scheme: 'not an http or https address',
  user_info: 'the address holds user info, which is not sent',
  port: 'the port is not one of a web server',
};

/** Seconds, or a time read against the answer's own clock, else ours. */
function readRetryAfterMs({ headers }: Answered, now: Date): number | null {
  const value = String(headers['retry-after'] ?? '').trim();
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return null;
  const from = Date.parse(String(headers.date ?? ''));
  return Math.max(0, at - (Number.isNaN(from) ? now.getTime() : from));
}

/** As text that Postgres can keep; nothing of what is packed. */
function readResponse({ headers, body }: Answered): string | null {
  if ((headers['content-encoding'] ?? 'identity') !== 'identity' || body.byteLength === 0) return null;
  return body.toString('utf8').replaceAll('\0', '').toWellFormed();
}
