import { isUtf8 } from 'node:buffer';
import { BATCH_LINE_BYTES_MAX } from '@catwalk/contract';
import { expect, test } from 'vitest';
import { readBatch } from '../../src/batch-input/read-batch.js';
import { BROKEN_LINES } from './broken-lines.js';
import { bodyOf, DRESS, everyCut, gist, PERSON, readAll, refusalOf } from './read-all.js';

const json = JSON.stringify;

test('items are numbered from 1, and one that is no object spoils no other', async () => {
  const { head, records } = await readAll(
    'json',
    json({ items: [{ a: [{ b: 1 }] }, 'x', [1], null, 7, {}] }),
  );
  expect(head).toEqual({ columns: null, delimiter: null, options: {}, defaults: null });
  const noObject = [{ path: '', message: 'must be a JSON object' }];
  expect(records.map(gist)).toEqual([
    [1, { a: [{ b: 1 }] }],
    [2, noObject],
    [3, noObject],
    [4, noObject],
    [5, noObject],
    [6, {}],
  ]);
});

test('an item has the size of its text, escapes and long characters counted as they stand', async () => {
  const texts = [
    '{"a":"ä€😀"}',
    '{ "a" : "\\u00e4\\n\\ud83d\\ude00\\ud800" }',
    '{"a":[ ]}',
    '{}',
    '{"a":-1.5e3}',
  ];
  const { records } = await readAll('json', `\ufeff{ "items" : [ ${texts.join(' ,\n ')} ] } \n`);
  expect(records.map(({ bytes }) => bytes)).toEqual(texts.map((text) => Buffer.byteLength(text)));
  expect(records.map(gist)).toEqual(texts.map((text, index) => [index + 1, JSON.parse(text)]));
});

test('options and defaults stand before the items; null is absent', async () => {
  const { head } = await readAll(
    'json',
    json({
      pilot: 20,
      pauseOnFailures: false,
      maxImages: null,
      defaults: { imageCount: 2, expiresAt: '2030-01-01T00:00:00Z' },
      items: [],
    }),
  );
  expect(head.options).toEqual({ pilot: 20, pauseOnFailures: false, maxImages: null });
  expect(head.defaults).toEqual({ imageCount: 2, expiresAt: '2030-01-01T00:00:00Z' });
});

test('everything that is wrong before the items is told at once', async () => {
  const text =
    '{"pilot":0,"colour":"red","__proto__":{"x":[[1]]},"priority":"urgent","pilot":1,' +
    '"defaults":{"humanImage":"x","imageCount":9},"items":[{}]}';
  const { code, issues } = await refusalOf('json', text);
  expect([code, issues.map(({ path }) => path).sort()]).toEqual([
    'invalid_request',
    [
      '__proto__',
      'colour',
      'defaults.humanImage',
      'defaults.imageCount',
      'pilot',
      'pilot',
      'priority',
    ].sort(),
  ]);
});

test.each([
  ['{}', 'items', 'is required, or people and garments'],
  ['{"pilot":1}', 'items', 'is required, or people and garments'],
  ['{"items":[{}],"pilot":1}', 'pilot', 'must stand before items'],
  ['{"items":[{}],"defaults":{}}', 'defaults', 'must stand before items'],
  [`{"people":["${PERSON}"],"pilot":1,"garments":[]}`, 'pilot', 'must stand before people'],
  ['{"items":[{}],"colour":1}', 'colour', 'is an unknown field'],
  ['{"items":[{}],"items":[{}]}', 'items', 'must not stand twice'],
  ['{"items":[{}],"people":[]}', 'people', 'must not be combined with items'],
  ['{"garments":[],"items":[{}]}', 'items', 'must not be combined with garments'],
  [`{"people":["${PERSON}"]}`, 'garments', 'is required with people'],
  [`{"garments":[{"dress":"${DRESS}"}]}`, 'people', 'is required with garments'],
  [`{"people":[],"garments":[{"dress":"${DRESS}"}]}`, 'people', 'must have at least one entry'],
  ['{"items":{"a":{}}}', 'items', 'must be a list'],
  ['{"items":"x"}', 'items', 'must be a list'],
  ['{"items":null}', 'items', 'must be a list'],
  ['{"defaults":[],"items":[]}', 'defaults', 'must be a JSON object'],
  ['[{}]', '', 'must be a JSON object'],
  ['"x"', '', 'must be a JSON object'],
])('%s is refused: %s %s', async (text, path, message) => {
  const { code, issues } = await refusalOf('json', text);
  expect({ code, issues }).toEqual({ code: 'invalid_request', issues: [{ path, message }] });
});

test.each([
  ['', 'is empty'],
  ['{', 'is not valid JSON near line 1'],
  ['{"items":[', 'is not valid JSON near line 1'],
  ['{"items":[{}]', 'is not valid JSON near line 1'],
  ['{"items":[{}]}x', 'is not valid JSON near line 1'],
  ['{"items":[{}]}{}', 'is not valid JSON near line 1'],
  ['{"items":[{},]}', 'is not valid JSON near line 1'],
  ['{"items":[{}{}]}', 'is not valid JSON near line 1'],
  ['{"items":[{"a":1,}]}', 'is not valid JSON near line 1'],
  ['{"items":[{"a" 1}]}', 'is not valid JSON near line 1'],
  ['{"items":[{"a":NaN}]}', 'is not valid JSON near line 1'],
  ['{"items":[{"a":01}]}', 'is not valid JSON near line 1'],
  ['{"items":[{"a":"tab\there"}]}', 'is not valid JSON near line 1'],
  ['{"items":[{]}', 'is not valid JSON near line 1'],
  ['{"items":[{}}', 'is not valid JSON near line 1'],
  ["{'items':[]}", 'is not valid JSON near line 1'],
  ['{items:[]}', 'is not valid JSON near line 1'],
  ['{"items" [{}]}', 'is not valid JSON near line 1'],
  ['{,"items":[{}]}', 'is not valid JSON near line 1'],
  ['{"items":[{}],}', 'is not valid JSON near line 1'],
  ['{\n"items":[\n{},\n{"a":b}\n]}', 'is not valid JSON near line 4'],
])('%j %s', async (text, message) => {
  for (const chunks of [[text], Array.from(text)])
    expect(await refusalOf('json', ...chunks)).toEqual({
      code: 'malformed_json',
      line: null,
      issues: [{ path: '', message }],
    });
});

test.each(BROKEN_LINES)(
  'a document with $title in it is read exactly when JSON.parse takes it',
  async ({ bytes }) => {
    const document = Buffer.concat([Buffer.from('{"items":['), bytes, Buffer.from(',{"last":1}]}')]);
    const read = await readAll('json', document).catch((error: unknown) => error);
    const items = isUtf8(document) ? parsedItems(document.toString()) : null;
    if (items === null) expect(read).toMatchObject({ name: 'UnreadableInput' });
    else expect(read).toMatchObject({ records: items.map((_, index) => ({ line: index + 1 })) });
  },
);

/** Null for what is no JSON, and for what is nested too deep to be read. */
function parsedItems(text: string): unknown[] | null {
  try {
    return text.includes('['.repeat(101)) ? null : JSON.parse(text).items;
  } catch {
    return null;
  }
}

test('bytes that are no UTF-8 are refused, in a string and outside', async () => {
  for (const text of ['{"items":[{"a":"Gr\xf6\xdfe"}]}', '{"items":[\xff]}', '{"items":[]}\xe2\x82'])
    expect(await refusalOf('json', Buffer.from(text, 'latin1'))).toMatchObject({ code: 'malformed_json' });
});

test('every garment is put on every person, in any order of the two', async () => {
  const people = [PERSON, { image: PERSON, customId: 'anna' }];
  const garments = [{ dress: DRESS }, { upper: DRESS, lower: DRESS, customId: 'suit' }];
  const expected = ['p1-g1', 'p1-suit', 'anna-g1', 'anna-suit'];
  for (const body of [
    { people, garments },
    { garments, people },
  ]) {
    const { records } = await readAll('json', json(body));
    const values = records.map((record) => (record.kind === 'record' ? record.value : null));
    expect(records.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
    expect(values.map((value) => (value as { customId: string }).customId)).toEqual(expected);
    expect(values[1]).toEqual({
      humanImage: PERSON,
      dressInput: null,
      upperInput: DRESS,
      lowerInput: DRESS,
      customId: 'p1-suit',
    });
  }
});

test('all wrong people and garments are told at once, at most 100 of them', async () => {
  const { issues } = await refusalOf(
    'json',
    json({
      people: [PERSON, 'x', { image: 'x' }, 7, {}],
      garments: [{}, { dress: DRESS, upper: DRESS }, { hat: 'x' }],
    }),
  );
  expect(issues.map(({ path }) => path)).toEqual([
    'people.1',
    'people.2.image',
    'people.3',
    'people.4.image',
    'garments.0',
    'garments.1',
    'garments.2.hat',
    'garments.2',
  ]);
  const many = await refusalOf(
    'json',
    json({ people: Array.from({ length: 500 }, () => 'x'), garments: [] }),
  );
  expect(many.issues).toHaveLength(100);
});

test('more entries, more lines and longer or deeper items than are allowed are refused', async () => {
  const people = Array.from({ length: 1_001 }, () => PERSON);
  const garments = Array.from({ length: 1_000 }, () => ({ dress: DRESS }));
  const tooMany = await refusalOf('json', json({ people, garments }));
  expect(tooMany.issues).toEqual([{ path: '', message: 'must have at most 1000000 lines' }]);
  const side = Array.from({ length: 10_001 }, () => PERSON);
  expect((await refusalOf('json', json({ people: side, garments }))).issues).toEqual([
    { path: 'people', message: 'must have at most 10000 entries' },
  ]);
  const long = json({ items: [{}, { a: 'x'.repeat(BATCH_LINE_BYTES_MAX) }] });
  expect(await refusalOf('json', long)).toEqual({
    code: 'invalid_request',
    line: 2,
    issues: [{ path: 'items.1', message: `must have at most ${BATCH_LINE_BYTES_MAX} bytes` }],
  });
  for (const deep of [`{"items":[${'['.repeat(100_000)}`, `{"x":${'{"a":'.repeat(100_000)}`])
    expect((await refusalOf('json', deep)).issues.at(-1)?.message).toBe(
      'must not be nested deeper than 100 levels',
    );
});

test('__proto__ stays a field like any other and changes no object', async () => {
  const { records } = await readAll('json', '{"items":[{"__proto__":{"humanImage":"a"}}]}');
  const value = records[0]?.kind === 'record' ? (records[0].value as object) : {};
  expect(Object.keys(value)).toEqual(['__proto__']);
  expect('humanImage' in value).toBe(false);
});

test('the chunks of the body make no difference', async () => {
  const bytes = Buffer.from(
    '\ufeff{"pilot":2,"items":[{"a":"ä€😀\\ud83d\\ude00\\n"} , -1.5e3,\n{"b":[{},true]}]}\n',
  );
  const whole = await readAll('json', bytes);
  expect(whole.records.map(({ kind }) => kind)).toEqual(['record', 'broken', 'record']);
  for (const chunks of everyCut(bytes)) expect(await readAll('json', ...chunks)).toEqual(whole);
});

test('a consumer that stops leaves the body, and so does a head that is refused', async () => {
  let left = 0;
  async function* body(start: string) {
    try {
      yield Buffer.from(start);
      for (;;) yield Buffer.from(',{}');
    } finally {
      left++;
    }
  }
  const { records } = await readBatch('json', body('{"items":[{}'));
  for await (const record of records) if (record.line === 3) break;
  expect(left).toBe(1);
  const stopped = await readBatch('json', body('{"items":[{}'));
  for await (const _ of stopped.records) break;
  expect(left).toBe(2);
  await expect(readBatch('json', body('{"pilot":0,"items":[{}'))).rejects.toThrow('pilot');
  expect(left).toBe(3);
});

test('what the body throws is passed on as it is', async () => {
  const fault = new Error('the client went away');
  async function* body(text: string) {
    yield* bodyOf(text);
    throw fault;
  }
  await expect(readBatch('json', body('{"pil'))).rejects.toBe(fault);
  const { records } = await readBatch('json', body('{"items":[{},'));
  const iterator = records[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toMatchObject({ line: 1 });
  await expect(iterator.next()).rejects.toBe(fault);
});
