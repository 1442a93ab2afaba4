import { expect, it } from 'vitest';
import { readRetryAfterMs } from './read-retry-after.js';

const DATE = 'Wed, 02 Jan 2030 00:00:00 GMT';
const NOW = Date.parse('2030-01-01T23:59:00Z');

it.each([
  ['nothing', {}, null],
  ['seconds', { 'retry-after': '3' }, 3_000],
  ['no seconds', { 'retry-after': '0' }, 0],
  ['a fraction', { 'retry-after': '0.25' }, 250],
  ['spaces around', { 'retry-after': ' 3 ' }, 3_000],
  ['a date, by the answer’s own', { 'retry-after': 'Wed, 02 Jan 2030 00:00:05 GMT', date: DATE }, 5_000],
  ['a date that has passed', { 'retry-after': DATE, date: 'Wed, 02 Jan 2030 00:00:05 GMT' }, 0],
  ['a date without one, by the clock', { 'retry-after': DATE }, 60_000],
  ['a date beside one that cannot be read', { 'retry-after': DATE, date: 'yesterday' }, 60_000],
  ['words', { 'retry-after': 'soon' }, null],
  ['a negative number', { 'retry-after': '-3' }, null],
] as const)('reads a Retry-After of %s', (_, headers, expected) => {
  expect(readRetryAfterMs(new Headers(headers), () => NOW)).toBe(expected);
});
