import type { BatchInput, BatchRecord } from './batch-record.js';
import { createUtf8Check } from './check-utf8.js';
import { createBatchCollector, HEAD_FIELDS, LISTS } from './collect-batch.js';
import { createDocumentParser, malformed } from './parse-document.js';
import { readPieces } from './read-pieces.js';

type Collector = ReturnType<typeof createBatchCollector>;

/**
 * Reads a JSON object with `items`, or with `people` and `garments`, behind its options and `defaults`.
 *
 * @throws UnreadableInput for what is no JSON, for fields that are wrong, and for a wrong person or garment
 */
export async function readJsonBatch(body: AsyncIterable<Uint8Array>): Promise<BatchInput> {
  const collector = createBatchCollector();
  const steps = parseSteps(body, collector);
  try {
    while (!collector.isHeadRead()) if ((await steps.next()).done === true) break;
    return { head: collector.head(), records: readRecords(steps, collector) };
  } catch (error) {
    await steps.return();
    throw error;
  }
}

async function* readRecords(
  steps: AsyncGenerator<void, void, undefined>,
  collector: Collector,
): AsyncGenerator<BatchRecord> {
  try {
    yield* collector.take();
    for await (const _ of steps) yield* collector.take();
    yield* collector.finish();
  } finally {
    await steps.return();
  }
}

/** Reads on piece by piece; what is in each goes to the collector. */
async function* parseSteps(
  body: AsyncIterable<Uint8Array>,
  collector: Collector,
): AsyncGenerator<void, void, undefined> {
  const parser = createDocumentParser(collector.listener, { values: HEAD_FIELDS, lists: LISTS });
  const findBad = createUtf8Check();
  for await (const piece of readPieces(body)) {
    if (findBad(piece) !== null) throw malformed('is not valid UTF-8');
    parser.write(piece);
    yield;
  }
  parser.end();
}
