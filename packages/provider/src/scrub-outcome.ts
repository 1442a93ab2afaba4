import type { Failure, LookOutcome, SubmitOutcome, TaskReport } from '@catwalk/core';
import { MESSAGE_LENGTH_MAX } from './clean-text.js';
import type { Scrub } from './create-scrubber.js';

/** The outcome without our own secrets, should the provider have repeated them. */
export function scrubOutcome(outcome: SubmitOutcome, scrub: Scrub): SubmitOutcome {
  if (outcome.kind === 'accepted' || outcome.kind === 'never-sent') return outcome;
  if (outcome.kind === 'refused') return { ...outcome, failure: scrubFailure(outcome.failure, scrub) };
  return { ...outcome, reason: scrub(outcome.reason, MESSAGE_LENGTH_MAX) };
}

/** The report of a look without our own secrets in its message. */
export function scrubReport(outcome: LookOutcome<TaskReport>, scrub: Scrub): LookOutcome<TaskReport> {
  if (outcome.kind !== 'answered' || outcome.value.message === null) return outcome;
  const message = scrub(outcome.value.message, MESSAGE_LENGTH_MAX);
  return { ...outcome, value: { ...outcome.value, message } };
}

function scrubFailure(failure: Failure, scrub: Scrub): Failure {
  if (failure.providerMessage === null) return failure;
  return { ...failure, providerMessage: scrub(failure.providerMessage, MESSAGE_LENGTH_MAX) };
}
