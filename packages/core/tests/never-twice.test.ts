import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCOUNTS, anyStep, live, many, type Step } from './lives.js';
import type { Word } from './said.js';

const MAY_BE_PAID = ['sending', 'unknown', 'accepted', 'given_up'];

/** Answers that get lost, are disproved, and come after all: what tempts a job to be sent beside itself. */
const lostAnswers: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Step>({ does: 'submit', account: ACCOUNTS[0] }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('tell' as const),
      which: fc.nat(2),
      word: fc.constantFrom<Word[]>('unanswered', 'disproved', 'deferred', 'accepted', 'given-up'),
      task: fc.constant('own' as const),
    }),
  },
);

describe('while nobody says mayBillTwice', () => {
  test.each([
    ['any life', anyStep.filter((step) => step.does !== 'retry' || !step.mayBillTwice)],
    ['a life of lost answers', lostAnswers],
  ])('no submit begins beside one that may be paid: %s', (_, step) => {
    const holds = fc.property(many(step), (steps) => {
      for (const { before, event, decision } of live(steps)) {
        if (event.type !== 'submission-started' || decision.kind === 'refused') continue;
        for (const attempt of before.attempts) {
          expect(MAY_BE_PAID).not.toContain(attempt.state);
          // A failed task that was only inferred may be another's, while the attempt's own still runs.
          if (attempt.provisional) expect(attempt.state).not.toBe('ended_failed');
        }
      }
    });
    fc.assert(holds, { numRuns: 2_000 });
  });
});
