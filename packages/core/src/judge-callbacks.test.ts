import { expect, test } from 'vitest';
import { judgeCallbacks } from './index.js';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const polled = (minute: number) => ({ at: at(minute), called: false });
const called = (minute: number) => ({ at: at(minute), called: true });

test.each([
  ['nothing is known', null, null, [], 'unproven'],
  ['nothing has ended', true, null, [], 'unproven'],
  ['none is asked for', false, at(1), [polled(3), polled(2), polled(1)], 'off'],
  ['one came', true, at(1), [], 'ok'],
  ['two results were found by asking', true, null, [polled(2), polled(1)], 'unproven'],
  ['three results were found by asking', true, null, [polled(3), polled(2), polled(1)], 'silent'],
  [
    'three were, after callbacks had come',
    true,
    at(1),
    [polled(4), polled(3), polled(2), called(1)],
    'silent',
  ],
  ['one of the last three was called back', true, at(2), [polled(3), called(2), polled(1)], 'ok'],
  ['one came for another attempt meanwhile', true, at(2), [polled(3), polled(2), polled(1)], 'ok'],
  ['one came after the silence', true, at(9), [polled(3), polled(2), polled(1)], 'ok'],
] as const)('where %s', (_what, on, lastReceivedAt, lastEnds, state) => {
  expect(judgeCallbacks({ on, lastReceivedAt, lastEnds })).toBe(state);
});
