import { expect, test } from 'vitest';
import { paceChunks } from './pace-chunks.js';

async function* count() {
  for (let number = 0; ; number += 1) yield number;
}

test('between two chunks everything else gets its turn, and an upload that was broken off ends', async () => {
  const broken = new AbortController();
  const fault = new Error('stopped');
  setImmediate(() => broken.abort(fault));
  const read: number[] = [];
  const reading = (async () => {
    for await (const number of paceChunks(count(), { throwIfBroken: () => broken.signal.throwIfAborted() }))
      read.push(number);
  })();
  await expect(reading).rejects.toBe(fault);
  expect(read.length).toBeLessThan(3);
});
