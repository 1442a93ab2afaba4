import type { BatchFormat } from '@catwalk/contract';
import type { BatchInput } from './batch-record.js';
import { readNdjson } from './read-ndjson.js';

export async function readBatch(_format: BatchFormat, body: AsyncIterable<Uint8Array>): Promise<BatchInput> {
  return { head: { columns: null, delimiter: null, options: {}, defaults: null }, records: readNdjson(body) };
}
