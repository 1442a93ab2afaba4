import { expect, it } from 'vitest';
import { ApiError } from './errors.js';

const messageOf = (detail: string, ...errors: { path: string; message: string }[]) =>
  new ApiError({
    code: 'invalid_request',
    status: 400,
    title: '',
    detail,
    retryable: false,
    errors,
    retryAfterMs: null,
  }).message;

const unknown = { path: 'line 1', message: 'human is an unknown column' };
const required = { path: 'humanImage', message: 'is required' };

it.each([
  ['Line 1: human is an unknown column', [unknown], 'Line 1: human is an unknown column'],
  ['The body is empty', [{ path: '', message: 'is empty' }], 'The body is empty'],
  [
    'humanImage is required',
    [required, { path: 'dressInput', message: 'is required' }],
    'humanImage is required (dressInput is required)',
  ],
  ['2 lines are invalid', [unknown], '2 lines are invalid (line 1 human is an unknown column)'],
])('the message of a refusal says each thing once: %s', (detail, errors, message) => {
  expect(messageOf(detail, ...errors)).toBe(`invalid_request: ${message}`);
});
