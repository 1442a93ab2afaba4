import { describe, expect, test } from 'vitest';
import {
  CALLBACK_DECISIONS,
  isAcknowledged,
  matchCallback,
  nameDecision,
  ownFailure,
  type RefusalReason,
  type ReportVerdict,
  type TaskReport,
} from './index.js';

const REPORT: TaskReport = {
  taskId: 'task-1',
  replyRefs: [],
  statusName: 'succeed',
  final: true,
  images: [],
  message: null,
  moderated: false,
};
const signed = (replyRefs: readonly string[]): TaskReport => ({ ...REPORT, replyRefs });

describe('a callback may speak for the attempt of its signed path', () => {
  test.each([
    ['without a replyRef in its body', signed([]), true, 'judge'],
    ['with the signed replyRef', signed(['att_1']), true, 'judge'],
    ['with another replyRef', signed(['att_2']), true, 'mismatched'],
    ['with the signed replyRef and another one', signed(['att_1', 'att_2']), true, 'mismatched'],
    ['with another replyRef, attempt unknown', signed(['att_2']), false, 'mismatched'],
    ['with the signed replyRef, attempt unknown', signed(['att_1']), false, 'orphan'],
    ['unreadable', null, true, 'malformed'],
    ['unreadable, attempt unknown', null, false, 'malformed'],
  ] as const)('%s', (_, report, attemptFound, expected) => {
    const match = matchCallback({ signedReplyRef: 'att_1', report, attemptFound });
    expect(match.kind === 'judge' ? 'judge' : match.decision).toBe(expected);
  });
});

const PROGRESS: ReportVerdict = { kind: 'progressed' };
const FAILURE: ReportVerdict = {
  kind: 'failed',
  failure: ownFailure('generation_failed', 'failed'),
};
const SUCCESS: ReportVerdict = { kind: 'succeeded', images: [] };

describe('the decision is named by what the report did', () => {
  test.each([
    [PROGRESS, null, 'progress'],
    [SUCCESS, null, 'applied'],
    [SUCCESS, 'already_known', 'duplicate'],
    [FAILURE, 'already_known', 'duplicate'],
    // It confirms what runs: only a fact that is final can be told twice.
    [PROGRESS, 'already_known', 'progress'],
    [SUCCESS, 'too_late', 'late'],
    [PROGRESS, 'too_late', 'late'],
    [SUCCESS, 'conflicting_task', 'conflicting'],
  ] as readonly (readonly [ReportVerdict, RefusalReason | null, string])[])(
    '%o, refusal %s → %s',
    (verdict, refusal, expected) => {
      expect(nameDecision(verdict, refusal)).toBe(expected);
    },
  );
});

test('the sender hears 400 only for what the same bytes could not mend', () => {
  const refused = CALLBACK_DECISIONS.filter((decision) => !isAcknowledged(decision));
  expect(refused).toEqual(['mismatched', 'malformed']);
});
