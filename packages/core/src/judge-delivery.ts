/** What a delivery is: an event for a webhook endpoint, a job's own reply, an alert for people, or a test. */
export const DELIVERY_KINDS = ['endpoint', 'reply', 'alert', 'test'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'canceled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * Why an endpoint gets nothing: it said that it is gone, nothing has arrived there for days, or its owner wants
 * it so.
 */
export const DISABLED_REASONS = ['gone', 'failing', 'person'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** How a POST ended; `Retry-After` in milliseconds. */
export type DeliveryAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | null }
  /** It came to no answer, or nothing may be sent there. */
  | { readonly kind: 'unanswered'; readonly reason: string };

export interface TriedDelivery {
  readonly kind: DeliveryKind;
  /** POSTs until now, this one included. */
  readonly attempts: number;
  /** Since when nothing has arrived at its endpoint, as it was known before this POST. */
  readonly failingSince: Date | null;
  readonly now: Date;
}

export type DeliveryVerdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again'; readonly inMs: number }
  /** It is not tried any more; `disables` is why its endpoint gets nothing more either. */
  | { readonly kind: 'failed'; readonly disables: Exclude<DisabledReason, 'person'> | null };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** From each POST that failed to the next, before jitter: 13 POSTs in a little less than three days. */
export const DELIVERY_WAITS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  16 * HOUR,
  24 * HOUR,
];

/** Each wait is up to so much longer or shorter, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A receiver may ask for patience, but not for more than this. */
const RETRY_AFTER_MS_MAX = 24 * HOUR;
/** A delivery that used up all POSTs ends its endpoint, if nothing else has arrived there for so long. */
export const ENDPOINT_FAILING_MS = 48 * HOUR;

const GONE = 410;

/**
 * What follows from an answer:
 *
 * | answer                              | the delivery             | its endpoint                             |
 * |-------------------------------------|--------------------------|------------------------------------------|
 * | 2xx                                 | delivered                |                                          |
 * | 410                                 | failed                   | disabled, `gone`                         |
 * | anything else, or none              | again after its wait     |                                          |
 * | the same, and no wait is left       | failed                   | disabled, `failing`, if failing for 48 h |
 *
 * A test is sent once. `random` in [0, 1).
 */
export function judgeDelivery(answer: DeliveryAnswer, tried: TriedDelivery, random: number): DeliveryVerdict {
  if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  const isGone = answer.kind === 'answered' && answer.status === GONE;
  if (isGone) return { kind: 'failed', disables: tried.kind === 'endpoint' ? 'gone' : null };
  const waitMs = tried.kind === 'test' ? undefined : DELIVERY_WAITS_MS[tried.attempts - 1];
  if (waitMs === undefined) return { kind: 'failed', disables: isFailingForLong(tried) ? 'failing' : null };
  const jittered = waitMs * (1 - JITTER + 2 * JITTER * random);
  return { kind: 'again', inMs: Math.round(Math.max(jittered, patienceOf(answer))) };
}

function patienceOf(answer: DeliveryAnswer): number {
  const asked = answer.kind === 'answered' ? answer.retryAfterMs : null;
  return Math.min(asked ?? 0, RETRY_AFTER_MS_MAX);
}

function isFailingForLong({ kind, failingSince, now }: TriedDelivery): boolean {
  if (kind !== 'endpoint' || failingSince === null) return false;
  return now.getTime() - failingSince.getTime() >= ENDPOINT_FAILING_MS;
}
