import { expect, test } from 'vitest';
import { parseJsonExactly, parseJsonObject } from './parse-json-exactly.js';

test.each([
  ['a long integer', '{"id":867283741759111202}', { id: '867283741759111202' }],
  ['in a list', '[9007199254740993,9007199254740995]', ['9007199254740993', '9007199254740995']],
  ['negative', '{"id":-9007199254740993}', { id: '-9007199254740993' }],
  ['spaced', '{ "id" : 9007199254740993 }', { id: '9007199254740993' }],
  ['alone', '9007199254740993', '9007199254740993'],
  ['fifteen digits stay a number', '{"id":123456789012345}', { id: 123456789012345 }],
  [
    'inside a string',
    '{"a":"id 9007199254740993, [9007199254740993]"}',
    { a: 'id 9007199254740993, [9007199254740993]' },
  ],
  [
    'after an escaped quote',
    '{"a":"\\"9007199254740993","b":9007199254740993}',
    { a: '"9007199254740993', b: '9007199254740993' },
  ],
  ['after an escaped backslash', '{"a":"\\\\","b":9007199254740993}', { a: '\\', b: '9007199254740993' }],
  ['after backslash and quote', '{"a":"\\\\\\":9007199254740993"}', { a: '\\":9007199254740993' }],
  ['as a key', '{"9007199254740993":9007199254740993}', { '9007199254740993': '9007199254740993' }],
  ['a long fraction stays a number', '{"a":1.0000000000000000000}', { a: 1 }],
  ['before a fraction it stays a number', '{"a":1234567890123456.5}', { a: 1234567890123456.5 }],
  ['with an exponent it stays a number', '{"a":1234567890123456e2}', { a: 1234567890123456e2 }],
  ['an exponent of many zeros', '{"a":1e+0000000000000000001}', { a: 10 }],
])('%s', (_, text, expected) => {
  expect(parseJsonExactly(text)).toEqual(expected);
});

test('long numbers are found wherever they stand in the text', () => {
  for (let pad = 0; pad < 40; pad += 1)
    for (const digits of ['1234567890123456', '867283741759111202', '1'.repeat(40)]) {
      const text = `${' '.repeat(pad)}{"p":12345,"id":${digits},"q":"${'x'.repeat(pad)}"}`;
      expect(parseJsonExactly(text)).toMatchObject({ id: digits, p: 12345 });
    }
});

test.each(['{9007199254740993:1}', '{"id":09007199254740993}', '{"id":9007199254740993', 'x', ''])(
  'what is not JSON stays so: %s',
  (text) => {
    expect(() => parseJsonExactly(text)).toThrow(SyntaxError);
    expect(parseJsonObject(text)).toBeNull();
  },
);

test('hostile bodies of a megabyte take milliseconds', () => {
  const bodies = [
    '1'.repeat(1e6),
    `"${'\\"'.repeat(5e5)}"`,
    `[${'"1234567890123456",'.repeat(5e4)}1]`,
    '['.repeat(1e6),
  ];
  const startedMs = performance.now();
  for (const body of bodies) parseJsonObject(`{"id":9007199254740993,"a":${body}}`);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
