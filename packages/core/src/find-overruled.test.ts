import { expect, test } from 'vitest';
import type { AttemptState } from './attempt.js';
import type { Decision } from './decide.js';
import { findOverruled } from './find-overruled.js';

function moved(from: AttemptState, to: AttemptState): Decision {
  const fact = { kind: 'attempt.accepted', attemptId: 'att_1', data: { from, to } };
  const job = { kind: 'try_on.processing', attemptId: 'att_1', data: { from: 'queued' } };
  return { kind: 'changed', job: {} as never, changedAttempts: [], facts: [fact, job] };
}

test.each<[AttemptState, AttemptState, AttemptState | null]>([
  ['disproved', 'accepted', 'disproved'],
  ['disproved', 'ended_succeeded', 'disproved'],
  ['given_up', 'ended_failed', 'given_up'],
  ['deferred', 'accepted', 'deferred'],
  ['refused', 'accepted', 'refused'],
  ['never_sent', 'accepted', 'never_sent'],
  ['sending', 'accepted', null],
  ['unknown', 'accepted', null],
  ['accepted', 'ended_succeeded', null],
  ['given_up', 'given_up', null],
])('an attempt that goes from %s to %s overrules %s', (from, to, overruled) => {
  expect(findOverruled(moved(from, to))).toBe(overruled);
});

test('a refusal overrules nothing', () => {
  expect(findOverruled({ kind: 'refused', reason: 'too_late' })).toBeNull();
  expect(findOverruled(null)).toBeNull();
});
