import type { RefusalReason } from './decide.js';
import type { ReportVerdict, TaskReport } from './task-report.js';

/**
 * What became of one POST from the provider:
 *
 * - `applied`: it ended its attempt; `progress`: it moved or confirmed it
 * - `duplicate`: the end it tells of was known; `late`: its attempt had ended before, or otherwise
 * - `conflicting`: it names another task than the one the attempt is known to be
 * - `orphan`: the signature is ours, but no such attempt is in this database
 * - `mismatched`: its body names another attempt than its signed path
 * - `malformed`: it is not JSON of the provider's model
 */
export const CALLBACK_DECISIONS = [
  'applied',
  'progress',
  'duplicate',
  'late',
  'conflicting',
  'orphan',
  'mismatched',
  'malformed',
] as const;

export type CallbackDecision = (typeof CALLBACK_DECISIONS)[number];

export type CallbackMatch =
  | { readonly kind: 'judge'; readonly report: TaskReport }
  | { readonly kind: 'kept'; readonly decision: 'malformed' | 'mismatched' | 'orphan' };

/**
 * Whether a callback may speak for the attempt of its signed path. The `replyRef` in the body may be absent;
 * where it stands it has to be the signed one. Malformed bodies are told before orphans, so that the sender
 * of a broken body hears of it.
 */
export function matchCallback(input: {
  readonly signedReplyRef: string;
  readonly report: TaskReport | null;
  readonly attemptFound: boolean;
}): CallbackMatch {
  if (input.report === null) return { kind: 'kept', decision: 'malformed' };
  if (input.report.replyRefs.some((ref) => ref !== input.signedReplyRef))
    return { kind: 'kept', decision: 'mismatched' };
  if (!input.attemptFound) return { kind: 'kept', decision: 'orphan' };
  return { kind: 'judge', report: input.report };
}

/**
 * The decision's name after the core judged the report: `refusal` is null when it changed something. Progress may be
 * told any number of times, each with a body of its own; only an end that is told again is a duplicate.
 */
export function nameDecision(verdict: ReportVerdict, refusal: RefusalReason | null): CallbackDecision {
  if (refusal === 'conflicting_task') return 'conflicting';
  if (refusal !== null && refusal !== 'already_known') return 'late';
  if (verdict.kind === 'progressed') return 'progress';
  return refusal === null ? 'applied' : 'duplicate';
}

/** Whether the sender is told 200: everything that repeating the same bytes could not mend is 400. */
export function isAcknowledged(decision: CallbackDecision): boolean {
  return decision !== 'mismatched' && decision !== 'malformed';
}
