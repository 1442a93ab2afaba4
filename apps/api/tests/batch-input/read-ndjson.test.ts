import { BATCH_LINE_BYTES_MAX } from '@catwalk/contract';
import { expect, test } from 'vitest';
import { readBatch } from '../../src/batch-input/read-batch.js';
import { BROKEN_LINES } from './broken-lines.js';
import { bodyOf, everyCut, gist, readAll } from './read-all.js';

const GOOD = { customId: 'good' };
const goodLine = JSON.stringify(GOOD);
const TOO_LONG = `must have at most ${BATCH_LINE_BYTES_MAX} bytes`;

test('more than 100 different broken lines are told apart here', () => {
  expect(BROKEN_LINES.length).toBeGreaterThan(100);
  expect(new Set(BROKEN_LINES.map(({ bytes }) => bytes.toString('hex'))).size).toBe(BROKEN_LINES.length);
});

test.each(BROKEN_LINES)('$title is refused by its line, and the lines around it are read', async (broken) => {
  const { records } = await readAll('ndjson', goodLine, '\n', broken.bytes, '\n', goodLine);
  expect(records.map(gist)).toEqual([
    [1, GOOD],
    [2, [{ path: '', message: broken.reason }]],
    [3, GOOD],
  ]);
});

test.each([
  ['LF', '{"a":1}\n{"a":2}\n', [1, 2]],
  ['CRLF', '{"a":1}\r\n{"a":2}\r\n', [1, 2]],
  ['no end of the last line', '{"a":1}\n{"a":2}', [1, 2]],
  ['a BOM at the very start', '\ufeff{"a":1}\n{"a":2}', [1, 2]],
  ['blank lines, which are counted', '\n  \n{"a":1}\r\n\r\n\t\n{"a":2}\n\n', [3, 6]],
  ['nothing', '', []],
  ['nothing but a BOM', '\ufeff', []],
  ['nothing but blank lines', '\n\r\n \n', []],
])('with %s every line has its number', async (_, text, lines) => {
  const { records } = await readAll('ndjson', text);
  expect(records.map(gist)).toEqual(lines.map((line, index) => [line, { a: index + 1 }]));
});

test.each([
  ['a lone surrogate, which the fields judge', '{"a":"\\ud800"}', { a: '\ud800' }],
  ['a number of a thousand digits', `{"a":${'9'.repeat(1_000)}}`, { a: Number.POSITIVE_INFINITY }],
  ['a field that stands twice, of which the last counts', '{"a":1,"a":2}', { a: 2 }],
  ['spaces around it', ' \t{ "a" : 1 } ', { a: 1 }],
])('%s is JSON', async (_, line, value) => {
  const { records } = await readAll('ndjson', line);
  expect(records.map(gist)).toEqual([[1, value]]);
});

test('__proto__ stays a field like any other and changes no object', async () => {
  const { records } = await readAll('ndjson', '{"__proto__":{"humanImage":"a"}}');
  const value = records[0]?.kind === 'record' ? (records[0].value as object) : {};
  expect(Object.keys(value)).toEqual(['__proto__']);
  expect('humanImage' in value).toBe(false);
});

test.each([
  ['lists', 100, '[', ']'],
  ['lists', 6_000, '[', ']'],
  ['lists', 100_000, '[', ']'],
  ['objects', 6_000, '{"a":', '}'],
])('of %s nested %i levels deep in an object that line alone is refused', async (_, levels, open, close) => {
  const deep = `{"a":${open.repeat(levels)}${open === '[' ? '' : '1'}${close.repeat(levels)}}`;
  const { records } = await readAll('ndjson', goodLine, '\n', deep, '\n', goodLine);
  expect(records.map(gist)).toEqual([
    [1, GOOD],
    [2, [{ path: '', message: 'must not be nested deeper than 100 levels' }]],
    [3, GOOD],
  ]);
});

test('100 levels are a value like any other', async () => {
  const { records } = await readAll('ndjson', `{"a":${'['.repeat(99)}${']'.repeat(99)}}`);
  expect(records.map(({ kind }) => kind)).toEqual(['record']);
});

test('a line of at most 1 MB is read, a longer one refused and passed over, whatever its end', async () => {
  const long = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
  for (const end of ['\n', '\r\n']) {
    const lines = [long(BATCH_LINE_BYTES_MAX), long(BATCH_LINE_BYTES_MAX + 1), long(2_097_152), goodLine];
    const { records } = await readAll('ndjson', lines.join(end));
    expect(records.map(({ kind, line }) => [kind, line])).toEqual([
      ['record', 1],
      ['broken', 2],
      ['broken', 3],
      ['record', 4],
    ]);
    expect(records.slice(1, 3).map(gist)).toEqual([
      [2, [{ path: '', message: TOO_LONG }]],
      [3, [{ path: '', message: TOO_LONG }]],
    ]);
  }
});

test('the chunks of the body make no difference', async () => {
  const bytes = Buffer.from('\ufeff{"a":"ä€😀"}\r\n\n{"a":\n{"b":"é"}\r\n"x"\n{"c":1}');
  const whole = await readAll('ndjson', bytes);
  expect(whole.records).toHaveLength(5);
  for (const chunks of everyCut(bytes)) expect(await readAll('ndjson', ...chunks)).toEqual(whole);
});

test('a long line that comes byte by byte is read', async () => {
  const bytes = Buffer.from(`{"a":"${'x'.repeat(60_000)}"}`);
  const { records } = await readAll('ndjson', ...Array.from(bytes, (byte) => Uint8Array.of(byte)));
  expect(records.map(({ kind, bytes: size }) => [kind, size])).toEqual([['record', bytes.length]]);
});

test('a consumer that stops leaves the body, and reads no further than it has to', async () => {
  let [given, left] = [0, false];
  async function* body() {
    try {
      for (;;) yield Buffer.from(`{"n":${given++}}\n`);
    } finally {
      left = true;
    }
  }
  const { records } = await readBatch('ndjson', body());
  for await (const record of records) if (record.line === 3) break;
  expect([given, left]).toEqual([3, true]);
});

test('what the body throws is passed on as it is', async () => {
  const fault = new Error('the client went away');
  async function* body() {
    yield* bodyOf('{"a":1}\n{"a"');
    throw fault;
  }
  const { records } = await readBatch('ndjson', body());
  const iterator = records[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toMatchObject({ line: 1 });
  await expect(iterator.next()).rejects.toBe(fault);
});
