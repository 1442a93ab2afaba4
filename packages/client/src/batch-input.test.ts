import { describe, expect, it } from 'vitest';
import { type BatchInput, batchBody } from './batch-input.js';
import { CatwalkError } from './errors.js';

const one = { humanImage: 'https://a.example/1.jpg', dressInput: 'https://a.example/2.jpg' };
const two = { ...one, customId: 'größe', expiresAt: new Date(0) };
const lines = [one, two].map((item) => `${JSON.stringify(item)}\n`).join('');

async function* later<T>(...parts: T[]) {
  yield* parts;
}
function* now<T>(...parts: T[]) {
  yield* parts;
}
const streamed = (...parts: (string | Uint8Array)[]) =>
  new ReadableStream<string | Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
const bytes = new TextEncoder().encode(lines);

const deadline = () => ({ signal: new AbortController().signal, renew: () => undefined });

/** What goes out, and whether it could go out again. */
async function send(input: BatchInput, mayStream = true) {
  const body = batchBody(input, undefined, mayStream);
  const before = body.canOpen();
  const opened = await body.open(deadline());
  const text = await new Response(opened.body, { headers: {} }).text();
  return { before, text, again: body.canOpen(), streams: opened.streams, contentType: body.contentType };
}

const inputs: [string, () => BatchInput, boolean][] = [
  ['a text', () => lines, true],
  ['bytes', () => bytes, true],
  ['bytes within others', () => new Uint8Array([0, ...bytes, 0]).subarray(1, -1), true],
  ['a blob', () => new Blob([bytes]), true],
  ['an array', () => [one, two], true],
  ['a set', () => new Set([one, two]), true],
  ['a function that opens a stream', () => () => streamed(lines), true],
  ['a function that promises a generator', () => async () => later(one, two), true],
  ['a generator', () => now(one, two), false],
  ['an asynchronous generator', () => later(one, two), false],
  ['a stream of bytes', () => streamed(bytes.slice(0, 7), bytes.slice(7)), false],
  ['a stream of text, cut within a line', () => streamed(lines.slice(0, 7), lines.slice(7)), false],
  [
    'lines and objects and bytes',
    () => later<object | string>(one, lines.slice(lines.indexOf('\n') + 1)) as never,
    false,
  ],
];

describe('an input', () => {
  it.each(inputs)('of %s goes out as lines', async (_, input, isKept) => {
    expect(await send(input())).toMatchObject({
      before: true,
      text: lines,
      again: isKept,
      contentType: 'application/x-ndjson',
    });
  });

  it.each(inputs)('of %s is gathered where bodies cannot be streamed, and kept', async (_, input) => {
    expect(await send(input(), false)).toMatchObject({ text: lines, again: true, streams: false });
  });

  it.each(inputs.filter(([, , isKept]) => isKept))(
    'of %s goes out twice with the same bytes',
    async (_, input) => {
      const body = batchBody(input(), undefined, true);
      const texts = [];
      for (const _time of [1, 2]) texts.push(await new Response((await body.open(deadline())).body).text());
      expect(texts).toEqual([lines, lines]);
    },
  );

  it('that is large leaves in pieces, none of which cuts a character', async () => {
    const item = { ...one, customId: '👗'.repeat(50) };
    const many = Array.from({ length: 5_000 }, () => item);
    expect((await send(many)).text).toBe(`${JSON.stringify(item)}\n`.repeat(5_000));
    const halves = Array.from({ length: 70_001 }, (_, index) => (index % 2 === 0 ? '\uD83D' : '\uDC57'));
    expect((await send([...halves, '\uDC57'] as never)).text).toBe('👗'.repeat(35_001));
  });

  it('is not read before somebody asks for it, and can be sent again until then', async () => {
    let read = 0;
    async function* source() {
      read += 1;
      yield one;
    }
    const body = batchBody(source(), undefined, true);
    const { body: stream } = await body.open(deadline());
    await (stream as ReadableStream).cancel();
    expect([read, body.canOpen()]).toEqual([0, true]);
    expect(await new Response((await body.open(deadline())).body).text()).toContain('humanImage');
    expect([read, body.canOpen()]).toEqual([1, false]);
  });

  it('that throws is told from a connection that breaks', async () => {
    async function* source() {
      yield one;
      throw new Error('the file is gone');
    }
    const body = batchBody(source, undefined, true);
    const { body: stream } = await body.open(deadline());
    await expect(new Response(stream).text()).rejects.toThrow('the file is gone');
    expect(body.failure()).toMatchObject({ error: { message: 'the file is gone' } });
  });

  it('that is given up on is closed', async () => {
    let closed = false;
    function* source() {
      try {
        for (;;) yield one;
      } finally {
        closed = true;
      }
    }
    const { body: stream } = await batchBody(source(), undefined, true).open(deadline());
    const reader = (stream as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    await expect.poll(() => closed).toBe(true);
  });

  it('of a document has its defaults before what they hold for', async () => {
    const people = ['https://a.example/1.jpg'];
    const garments = [{ dress: 'https://a.example/2.jpg' }];
    const sent = await send({ people, garments, defaults: { imageCount: 2 } });
    expect(sent).toMatchObject({ contentType: 'application/json', again: true });
    expect(Object.keys(JSON.parse(sent.text))).toEqual(['defaults', 'people', 'garments']);
    expect((await send({ items: [one] })).text).toBe(JSON.stringify({ items: [one] }));
  });

  it('of objects or a document is refused under another format', async () => {
    expect(() => batchBody({ items: [one] }, 'csv')).toThrow(CatwalkError);
    const { body } = await batchBody([one], 'csv', true).open(deadline());
    await expect(new Response(body).text()).rejects.toThrow(CatwalkError);
    expect(batchBody('a,b\n', 'csv').contentType).toBe('text/csv');
    expect(batchBody('{}', 'json').contentType).toBe('application/json');
  });
});
