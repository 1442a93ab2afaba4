import { BATCH_LINES_MAX, type BatchFormat } from '@catwalk/contract';
import { expect, test } from 'vitest';
import { readBatch } from '../../src/batch-input/read-batch.js';

const MEGABYTE = 1_048_576;

/** A long input, made chunk by chunk of 400 KB. */
const LONG: Readonly<Record<BatchFormat, { first: string; record: string; last: string }>> = {
  ndjson: { first: '', record: `{"customId":"${'x'.repeat(4_000)}"}\n`, last: '' },
  csv: { first: 'humanImage,customId\n', record: `p,"${'x'.repeat(4_000)}"\n`, last: '' },
  json: { first: '{"items":[{}', record: `,{"customId":"${'x'.repeat(4_000)}"}`, last: ']}' },
};

async function* bodyOf(format: BatchFormat, records: number): AsyncGenerator<Uint8Array> {
  const { first, record, last } = LONG[format];
  const together = 100;
  yield Buffer.from(first);
  for (let made = 0; made < records; made += together) yield Buffer.from(record.repeat(together));
  yield Buffer.from(last);
}

// About 4 KB each.
test.each<[BatchFormat, number]>([
  ['ndjson', 25_000],
  ['csv', 10_000],
  ['json', 25_000],
])('a long %s is read with less than 50 MB held', async (format, count) => {
  const { records } = await readBatch(format, bodyOf(format, count));
  const before = process.memoryUsage();
  let [read, most] = [0, 0];
  for await (const _ of records)
    if (++read % 1_000 === 0) {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      most = Math.max(most, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers);
    }
  expect(read).toBeGreaterThanOrEqual(count);
  expect(most).toBeLessThan(50 * MEGABYTE);
});

test('more lines than a batch may have are refused by the first one too many', async () => {
  async function* body() {
    const many = Buffer.from('{}\n'.repeat(20_000));
    for (let made = 0; made <= BATCH_LINES_MAX; made += 20_000) yield many;
  }
  const { records } = await readBatch('ndjson', body());
  let read = 0;
  const reading = (async () => {
    for await (const _ of records) read++;
  })();
  await expect(reading).rejects.toMatchObject({
    code: 'invalid_request',
    line: BATCH_LINES_MAX + 1,
    issues: [{ path: '', message: 'must have at most 1000000 lines' }],
  });
  expect(read).toBe(BATCH_LINES_MAX);
});
