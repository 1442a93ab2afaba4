import { type BatchResult, batchResultSchema, type ResultStatus } from '@catwalk/contract';
import { pathOf } from './address.js';
import { checkAnswer } from './check-answer.js';
import { ConnectionError } from './errors.js';
import { judgeRetry } from './judge-retry.js';
import { readLines } from './read-lines.js';
import type { CallOptions, Request, Sender } from './request.js';
import { waitMs } from './wait-ms.js';

export interface ResultsOptions extends CallOptions {
  readonly status?: ResultStatus | readonly ResultStatus[] | undefined;
  /** Only what ended behind this `position`: how to go on where one stopped. */
  readonly after?: string | undefined;
}

/**
 * Results one by one. When the connection breaks it is opened again behind the last result that came whole;
 * `maxRetries` counts the times in a row that brought nothing.
 */
export async function* readResults(
  sender: Sender,
  id: string,
  options: ResultsOptions,
): AsyncGenerator<BatchResult> {
  const maxRetries = options.maxRetries ?? sender.maxRetries;
  let { after } = options;
  for (let retries = 0; ; retries += 1) {
    try {
      for await (const result of readOnce(sender, id, { ...options, after })) {
        after = result.position;
        retries = 0;
        yield result;
      }
      return;
    } catch (error) {
      const pauseMs = judgeRetry({ error, repeatable: true, retries, maxRetries });
      if (pauseMs === null) throw error;
      await waitMs(pauseMs, options.signal);
    }
  }
}

/** Results as CSV. Its lines do not say where one could go on. */
export async function* readResultsCsv(
  sender: Sender,
  id: string,
  options: ResultsOptions,
): AsyncGenerator<Uint8Array> {
  yield* (await sender.open(requestOf(id, options, 'csv'))).bytes;
}

async function* readOnce(sender: Sender, id: string, options: ResultsOptions): AsyncGenerator<BatchResult> {
  const { requestId, bytes } = await sender.open({ ...requestOf(id, options, 'ndjson'), maxRetries: 0 });
  for await (const { text, isWhole } of readLines(bytes)) {
    if (isWhole || isJson(text)) yield checkAnswer(batchResultSchema, text, { requestId });
    if (!isWhole) throw new ConnectionError('The results broke off', { requestId });
  }
}

/** Whether a last line without its end has everything but that. What would come behind it is still to be asked for. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function requestOf(id: string, options: ResultsOptions, format: 'ndjson' | 'csv'): Request {
  const { status, after, ...call } = options;
  const accept = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
  const headers = { accept: `${accept}, application/problem+json` };
  const path = pathOf`/v1/batches/${id}/results`;
  return { ...call, method: 'GET', path, query: { format, status, after }, headers };
}
