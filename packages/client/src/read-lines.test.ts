import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readLines } from './read-lines.js';

async function linesOf(chunks: Iterable<Uint8Array>) {
  async function* bytes() {
    yield* chunks;
  }
  const lines = [];
  for await (const line of readLines(bytes())) lines.push(line);
  return lines;
}

const encode = (text: string) => new TextEncoder().encode(text);

it('gives the same lines wherever the bytes are cut, also within a character', async () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
  const whole = line.filter((text) => text.trim() !== '' && !text.startsWith('\uFEFF'));
  await fc.assert(
    fc.asyncProperty(fc.array(whole), fc.array(fc.nat(200)), async (lines, cuts) => {
      const bytes = encode(lines.map((text) => `${text}\n`).join(''));
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.slice(at[index], end));
      expect(await linesOf(chunks)).toEqual(lines.map((text) => ({ text, isWhole: true })));
    }),
  );
});

it('tells a last line whose end is missing', async () => {
  expect(await linesOf([encode('{"a":1}\n{"b"')])).toEqual([
    { text: '{"a":1}', isWhole: true },
    { text: '{"b"', isWhole: false },
  ]);
});

it('leaves out empty lines', async () => {
  expect(await linesOf([encode('\n\r\n{}\n  \n')])).toEqual([{ text: '{}', isWhole: true }]);
  expect(await linesOf([])).toEqual([]);
});
