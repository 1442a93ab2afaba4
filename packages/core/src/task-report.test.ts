import { expect, test } from 'vitest';
import { isRetryable, judgeReport, type TaskReport } from './index.js';

const IMAGES = [{ url: 'https://images.example/1.png', width: 1, height: 1 }];
const PROGRESS: TaskReport = {
  taskId: 'task-1',
  replyRefs: [],
  statusName: 'processing',
  final: false,
  images: [],
  message: 'words of the provider',
  moderated: false,
};

test.each([
  ['processing', {}, 'progressed'],
  ['submitted', { statusName: 'submitted' }, 'progressed'],
  ['succeed without status_final', { statusName: 'succeed', images: IMAGES }, 'progressed'],
  ['failed without status_final', { statusName: 'failed' }, 'progressed'],
  ['final succeed with images', { statusName: 'succeed', final: true, images: IMAGES }, 'succeeded'],
  ['final without a name but with images', { statusName: null, final: true, images: IMAGES }, 'succeeded'],
  ['final succeed without images', { statusName: 'succeed', final: true }, 'no_images'],
  ['final failed', { statusName: 'failed', final: true }, 'generation_failed'],
  ['final failed with images', { statusName: 'failed', final: true, images: IMAGES }, 'generation_failed'],
  ['final without name and images', { statusName: null, final: true }, 'generation_failed'],
  ['final with an unknown name', { statusName: 'exploded', final: true }, 'generation_failed'],
  ['final failed by moderation', { statusName: 'failed', final: true, moderated: true }, 'content_rejected'],
] as const)('a report that is %s', (_, fields, expected) => {
  const verdict = judgeReport({ ...PROGRESS, ...fields }, 200);
  expect(verdict.kind === 'failed' ? verdict.failure.code : verdict.kind).toBe(expected);
});

test.each([
  ['succeed', [], 'progressed'],
  [null, [], 'progressed'],
  ['failed', [], 'failed'],
  ['succeed', IMAGES, 'succeeded'],
  [null, IMAGES, 'succeeded'],
] as const)(
  'a final callback that says %s with images %j is %s: only a look decides that there are none',
  (statusName, images, kind) => {
    expect(judgeReport({ ...PROGRESS, statusName, images, final: true }, null).kind).toBe(kind);
  },
);

test('a failure carries the words of the provider and the status that decided', () => {
  const verdict = judgeReport({ ...PROGRESS, statusName: 'failed', final: true }, 200);
  expect(verdict).toMatchObject({
    failure: { providerStatus: 200, providerMessage: 'words of the provider' },
  });
});

test.each([
  ['invalid_input', false],
  ['content_rejected', false],
  ['generation_failed', true],
  ['no_images', true],
  ['expired', false],
  ['account_removed', false],
  ['deadline_exceeded', true],
  ['submission_unconfirmed', true],
  ['attempts_exhausted', true],
  ['provider_refused', false],
] as const)('%s: the same request may succeed later: %s', (code, retryable) => {
  expect(isRetryable(code)).toBe(retryable);
});
