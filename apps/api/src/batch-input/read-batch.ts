import { BATCH_LINES_MAX, type BatchFormat } from '@catwalk/contract';
import type { BatchInput, BatchRecord } from './batch-record.js';
import { readCsv } from './read-csv.js';
import { readJsonBatch } from './read-json-batch.js';
import { readNdjson } from './read-ndjson.js';
import { UnreadableInput } from './unreadable-input.js';

export type { BatchHead, BatchRecord } from './batch-record.js';
export { UnreadableInput } from './unreadable-input.js';

/**
 * Reads the input of a batch record by record; never more than one record and a bounded rest is held. What the body
 * throws is passed on unchanged. A consumer that stops leaves the body by its `return`.
 *
 * @throws UnreadableInput here or from the records, when the input as a whole cannot be read on
 */
export async function readBatch(format: BatchFormat, body: AsyncIterable<Uint8Array>): Promise<BatchInput> {
  const { head, records } = await open(format, body);
  return { head, records: counted(records) };
}

async function open(format: BatchFormat, body: AsyncIterable<Uint8Array>): Promise<BatchInput> {
  switch (format) {
    case 'ndjson': {
      const head = { columns: null, delimiter: null, options: {}, defaults: null };
      return { head, records: readNdjson(body) };
    }
    case 'csv':
      return readCsv(body);
    case 'json':
      return readJsonBatch(body);
  }
}

async function* counted(records: AsyncIterable<BatchRecord>): AsyncGenerator<BatchRecord> {
  let count = 0;
  for await (const record of records) {
    if (++count > BATCH_LINES_MAX) {
      const message = `must have at most ${BATCH_LINES_MAX} lines`;
      throw new UnreadableInput([{ path: '', message }], { line: record.line });
    }
    yield record;
  }
}
