import { expect, test } from 'vitest';
import { createScrubber } from './create-scrubber.js';

const TOKEN = 'user:1234-ab/cdEF"gh';
const REPLY_URL = 'https://hooks.example/p/callbacks/att_1/c2lnbmF0dXJlLW9mLTI1Ni1iaXRz';
const scrub = createScrubber(TOKEN, REPLY_URL);

test.each([
  ['the token', `Bearer ${TOKEN} is wrong`, 'Bearer [redacted] is wrong'],
  ['the token in JSON', JSON.stringify({ token: TOKEN }), '{"token":"[redacted]"}'],
  ['the token percent-encoded', `?t=${encodeURIComponent(TOKEN)}`, '?t=[redacted]'],
  ['the callback address', `cannot reach ${REPLY_URL}!`, 'cannot reach https://hooks.example!'],
  ['it with escaped slashes', JSON.stringify(REPLY_URL).replaceAll('/', '\\/'), '"https://hooks.example"'],
  ['its path alone', '404 at /p/callbacks/att_1/c2lnbmF0dXJlLW9mLTI1Ni1iaXRz', '404 at [redacted]'],
  ['its signature alone', 'c2lnbmF0dXJlLW9mLTI1Ni1iaXRz', '[redacted]'],
  ['another attempt’s callback', 'https://hooks.example/callbacks/att_2/xyz', 'https://hooks.example'],
  [
    'an asset',
    `no picture at https://hooks.example/p/assets/${'aB_-5'.repeat(8)}xyz.jpg`,
    'no picture at https://hooks.example',
  ],
  ['signed addresses', '"https://cdn.example/1.png?a=1&b=2","x"', '"https://cdn.example/1.png","x"'],
  ['JSON-escaped ampersands', '"https://cdn.example/1.png?a=1\\u0026b=2"', '"https://cdn.example/1.png"'],
  ['JSON-escaped slashes', '"https:\\/\\/cdn.example\\/1.png?a=1"', '"https:\\/\\/cdn.example\\/1.png"'],
  ['user names in addresses', 'http://anna:pw@cdn.example/1.png', 'http://cdn.example/1.png'],
  ['fragments', 'http://cdn.example/1.png#token', 'http://cdn.example/1.png'],
  ['NUL', 'a\0b', 'ab'],
])('%s', (_, text, expected) => {
  expect(scrub(text, 500)).toBe(expected);
});

test('the text is cut to its bound, after the secrets are gone', () => {
  expect(scrub(`${'x'.repeat(8)}${TOKEN}`, 12)).toBe('xxxxxxxx[red');
});
