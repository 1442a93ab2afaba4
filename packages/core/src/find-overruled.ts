import type { AttemptState } from './attempt.js';
import type { Decision } from './decide.js';

/** What is concluded of an attempt before the provider's proof, and by it may turn out to be wrong. */
const CONCLUSIONS: readonly unknown[] = [
  'refused',
  'deferred',
  'never_sent',
  'disproved',
  'given_up',
] satisfies AttemptState[];
const PROVEN: readonly unknown[] = ['accepted', 'ended_succeeded', 'ended_failed'] satisfies AttemptState[];

/**
 * Which conclusion the provider's proof overruled by this decision, whoever brought it: the evidence for it was
 * wrong, and another submit may have been made beside a task that is paid for. Null: none. The attempt's event in
 * the timeline has the same in `from`, so that they can be counted.
 */
export function findOverruled(decision: Decision | null): AttemptState | null {
  if (decision?.kind !== 'changed') return null;
  const fact = decision.facts.find(({ data }) => CONCLUSIONS.includes(data.from) && PROVEN.includes(data.to));
  return fact === undefined ? null : (fact.data.from as AttemptState);
}
