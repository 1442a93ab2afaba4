import { BATCH_LINE_BYTES_MAX } from '@catwalk/contract';
import { expect, test } from 'vitest';
import { readBatch } from '../../src/batch-input/read-batch.js';
import { bodyOf, everyCut, gist, readAll, refusalOf } from './read-all.js';

const HEADER = 'humanImage,dressInput,customId';

test('cells become fields by their columns, in any order; an empty one is absent, counts are numbers', async () => {
  const { head, records } = await readAll(
    'csv',
    ' imageCount ,metadata.sku,humanImage,maxJobs,metadata.__proto__,upperInput,expiresAt\n',
    '2,007,https://p,5,x,https://u,2030-01-01T00:00:00Z\n',
    'two,,https://p,1.5,,https://u,\n',
  );
  expect(head.columns).toEqual([
    'imageCount',
    'metadata.sku',
    'humanImage',
    'maxJobs',
    'metadata.__proto__',
    'upperInput',
    'expiresAt',
  ]);
  expect(records.map(gist)).toEqual([
    [
      2,
      {
        imageCount: 2,
        humanImage: 'https://p',
        maxJobs: 5,
        upperInput: 'https://u',
        expiresAt: '2030-01-01T00:00:00Z',
        metadata: Object.fromEntries([
          ['sku', '007'],
          ['__proto__', 'x'],
        ]),
      },
    ],
    [3, { imageCount: 'two', humanImage: 'https://p', maxJobs: '1.5', upperInput: 'https://u' }],
  ]);
});

const ROWS = [
  [2, { humanImage: 'p', dressInput: 'd', customId: '1' }],
  [3, { humanImage: 'p', dressInput: 'd', customId: '2' }],
];

test.each([
  ['LF', `${HEADER}\np,d,1\np,d,2\n`, ROWS],
  ['CRLF', `${HEADER}\r\np,d,1\r\np,d,2\r\n`, ROWS],
  ['CR', `${HEADER}\rp,d,1\rp,d,2\r`, ROWS],
  ['mixed ends of lines', `${HEADER}\r\np,d,1\np,d,2\r\n`, ROWS],
  ['no end of the last line', `${HEADER}\np,d,1\np,d,2`, ROWS],
  ['a BOM', `\ufeff${HEADER}\np,d,1\np,d,2\n`, ROWS],
  ['a BOM and a quoted header', `\ufeff"humanImage","dressInput","customId"\np,d,1\np,d,2\n`, ROWS],
  ['semicolons', 'humanImage;dressInput;customId\np;d;1\np;d;2\n', ROWS],
  [
    'semicolons and a quoted header',
    '"humanImage";"metadata.a,b,c,d";"dressInput";"customId"\np;;d;1\np;;d;2\n',
    ROWS,
  ],
  ['lines of empty cells behind the last one', `${HEADER}\np,d,1\np,d,2\n,,\n,,\n`, ROWS],
  [
    'the columns of a file of results',
    'humanImage,dressInput,customId,tryOnId,status,images,errorCode,errorMessage\np,d,1,try_1,failed,,x,"y\nz"\n',
    [ROWS[0]],
  ],
])('with %s the same try-ons are read', async (_, text, rows) => {
  const { records } = await readAll('csv', text);
  expect(records.map(gist)).toEqual(rows);
});

test('the columns of a file of results are no columns of the input', async () => {
  const { head, records } = await readAll('csv', 'errorCode;humanImage;status\nx;p;failed\n');
  expect(head).toEqual({ columns: ['humanImage'], delimiter: ';', options: {}, defaults: null });
  expect(records[0]?.cells).toEqual({ humanImage: 'p' });
});

test('a record has the number of the line on which it begins, quoted newlines and blank lines counted', async () => {
  const text =
    `\r\n${HEADER}\r\n"p","d","a\r\nb\r\nc"\r\n\r\np,d,"say ""hi"", you"\r\n"p\n",d,\r\n` +
    'p,d,"last\nline"';
  const { records } = await readAll('csv', text);
  expect(records.map(gist)).toEqual([
    [3, { humanImage: 'p', dressInput: 'd', customId: 'a\r\nb\r\nc' }],
    [7, { humanImage: 'p', dressInput: 'd', customId: 'say "hi", you' }],
    [8, { humanImage: 'p\n', dressInput: 'd' }],
    [10, { humanImage: 'p', dressInput: 'd', customId: 'last\nline' }],
  ]);
});

test('a record of too few or too many cells is refused by its line, and given back as it was', async () => {
  const { records } = await readAll('csv', `${HEADER}\np,d\np,d,1,2,3\np,d,1\n`);
  expect(records.map(gist)).toEqual([
    [2, [{ path: '', message: 'must have 3 cells, has 2' }]],
    [3, [{ path: '', message: 'must have 3 cells, has 5' }]],
    [4, { humanImage: 'p', dressInput: 'd', customId: '1' }],
  ]);
  expect(records.map(({ cells }) => cells)).toEqual([
    { humanImage: 'p', dressInput: 'd' },
    { humanImage: 'p', dressInput: 'd', customId: '1' },
    { humanImage: 'p', dressInput: 'd', customId: '1' },
  ]);
});

test('a header of more than 100 columns is refused', async () => {
  const header = (count: number) =>
    ['humanImage', ...Array.from({ length: count - 1 }, (_, n) => `metadata.k${n}`)].join(',');
  expect(await refusalOf('csv', `${header(200)}\np\n`)).toEqual({
    code: 'invalid_request',
    line: 1,
    issues: [{ path: '', message: 'must have at most 100 columns, has 200' }],
  });
  const { head } = await readAll('csv', `${header(100)},errorCode,errorMessage\n`);
  expect(head.columns).toHaveLength(100);
});

test('a record is at least as large as its cells are with the names of their columns', async () => {
  const column = `metadata.${'k'.repeat(5_000)}`;
  const { records } = await readAll('csv', `humanImage,${column}\np,1\np,\n`);
  expect(records.map(({ bytes, cells }) => [bytes > 5_000, Object.keys(cells ?? {})])).toEqual([
    [true, ['humanImage', column]],
    [false, ['humanImage']],
  ]);
});

test('a quote within a cell is text; one that takes in other lines is refused with all of them', async () => {
  const { records } = await readAll('csv', `${HEADER}\np,d,5" heel\np,"d,2\np,d,3\np,d",4\np,d,5\n`);
  expect(records.map(gist)).toEqual([
    [2, { humanImage: 'p', dressInput: 'd', customId: '5" heel' }],
    [3, { humanImage: 'p', dressInput: 'd,2\np,d,3\np,d', customId: '4' }],
    [6, { humanImage: 'p', dressInput: 'd', customId: '5' }],
  ]);
  const spread = await readAll('csv', `${HEADER}\np,"d,2\np,d,3\np,d",4,x\np,d,5\n`);
  expect(spread.records.map(gist)).toEqual([
    [2, [{ path: '', message: 'must have 3 cells, has 4; it goes on to line 4: is a quote not closed?' }]],
    [5, { humanImage: 'p', dressInput: 'd', customId: '5' }],
  ]);
});

test.each([
  ["'=1+1", '=1+1'],
  ["''=1+1", "'=1+1"],
  ["'+49", '+49'],
  ["'-1", '-1'],
  ["'@x", '@x'],
  ['=1+1', '=1+1'],
  ["'plain", "'plain"],
  ["it's", "it's"],
])('the cell %s is read as %s', async (cell, text) => {
  const { records } = await readAll('csv', `${HEADER}\np,d,${cell}\n`);
  expect(records[0]).toMatchObject({ value: { customId: text }, cells: { customId: text } });
});

test('everything that is wrong with a header is told at once, by column', async () => {
  const refusal = await refusalOf(
    'csv',
    'dressInput,customId,,customId,customId,colour,metadata,metadata.\n',
  );
  expect(refusal).toEqual({
    code: 'invalid_request',
    line: 1,
    issues: [
      { path: 'column 3', message: 'must have a name in the header' },
      { path: 'customId', message: 'must not stand twice' },
      { path: 'colour', message: 'is an unknown column' },
      { path: 'metadata', message: 'must be a column for each key, such as metadata.sku' },
      { path: 'metadata.', message: 'is an unknown column' },
      { path: 'humanImage', message: 'must be a column of the header' },
    ],
  });
});

test.each([
  ['nothing', ''],
  ['a BOM alone', '\ufeff'],
  ['blank lines alone', '\n\r\n\n'],
])('%s is no CSV', async (_, text) => {
  expect((await refusalOf('csv', text)).issues).toEqual([
    { path: '', message: 'must begin with a header that names the fields' },
  ]);
});

const saveAs = (line: number) => ({
  code: 'invalid_request',
  line,
  issues: [
    {
      path: '',
      message: 'is not UTF-8: save the file as CSV UTF-8 and send it again',
    },
  ],
});

test.each<[string, Buffer, number]>([
  ['Latin-1', Buffer.from(`${HEADER}\r\np,d,ok\r\n"p",d,"a\r\nGr\xf6\xdfe"\r\n`, 'latin1'), 4],
  ['Latin-1 in the header', Buffer.from(`${HEADER},metadata.gr\xf6\xdfe\r\n`, 'latin1'), 1],
  ['UTF-16 with a BOM', Buffer.from(`\ufeff${HEADER}\r\np,d,1\r\n`, 'utf16le'), 1],
  ['UTF-16 without a BOM', Buffer.from(`${HEADER}\r\np,d,1\r\n`, 'utf16le'), 1],
  ['UTF-16BE', Buffer.from(`\ufeff${HEADER}\r\np,d,1\r\n`, 'utf16le').swap16(), 1],
  ['a character cut off at the end', Buffer.from(`${HEADER}\np,d,\xe2\x82`, 'latin1'), 2],
])('%s is refused by line, saying how to save it', async (_, bytes, line) => {
  expect(await refusalOf('csv', bytes)).toEqual(saveAs(line));
  expect(await refusalOf('csv', ...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(saveAs(line));
});

test('a quote that is never closed is refused by the line of its record', async () => {
  const issues = [{ path: '', message: 'begins a record that has no end: is a quote not closed?' }];
  const text = `${HEADER}\np,d,1\np,"d,2\n`;
  const refusal = { code: 'invalid_request', line: 3, issues };
  expect(await refusalOf('csv', text, 'p,d,3\n'.repeat(10))).toEqual(refusal);
  expect(await refusalOf('csv', text, 'p,d,3\n'.repeat(1_000_000))).toEqual(refusal);
});

test('a record of more than 1 MB, or 2, is refused by its line, and the next one read', async () => {
  for (const long of ['x'.repeat(2_097_152), ','.repeat(1_100_000)]) {
    const { records } = await readAll('csv', `${HEADER}\n${long}\np,d,1\n`);
    expect(records.map(gist)).toEqual([
      [2, [{ path: '', message: `must have at most ${BATCH_LINE_BYTES_MAX} bytes` }]],
      [3, { humanImage: 'p', dressInput: 'd', customId: '1' }],
    ]);
  }
});

test('the chunks of the body make no difference', async () => {
  const bytes = Buffer.from(
    '\ufeff"humanImage";customId\r\n"ä\r\n€";"😀"""\r\n\r\nx\r\ny;5" z\r"p"q;"r"s"\np;"q"',
  );
  const whole = await readAll('csv', bytes);
  expect(whole.records.map(({ kind, line }) => [kind, line])).toEqual([
    ['record', 2],
    ['broken', 5],
    ['record', 6],
    ['record', 7],
    ['record', 8],
  ]);
  for (const chunks of everyCut(bytes)) expect(await readAll('csv', ...chunks)).toEqual(whole);
});

test('a consumer that stops leaves the body', async () => {
  let left = false;
  async function* body() {
    try {
      yield Buffer.from(`${HEADER}\n`);
      for (;;) yield Buffer.from('p,d,1\n');
    } finally {
      left = true;
    }
  }
  const { records } = await readBatch('csv', body());
  for await (const record of records) if (record.line === 3) break;
  expect(left).toBe(true);
});

test('what the body throws is passed on as it is, in the header and behind it', async () => {
  const fault = new Error('the client went away');
  async function* body(text: string) {
    yield* bodyOf(text);
    throw fault;
  }
  await expect(readBatch('csv', body('humanIm'))).rejects.toBe(fault);
  const { records } = await readBatch('csv', body(`${HEADER}\np,d,1\np,d,`));
  const iterator = records[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toMatchObject({ line: 2 });
  await expect(iterator.next()).rejects.toBe(fault);
});
