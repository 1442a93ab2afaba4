import type { ProviderAnswer, ProviderFault } from './classify-submit.js';
import { sendWhile } from './send-while.js';

/** One request to the provider, with the bounds of its whole exchange. */
export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly token: string;
  /** Sent as JSON when not null. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** Sent as it is, instead of a body. */
  readonly file?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string };
  /** From the first byte of the connection to the last of the answer's body. */
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  /** Asked once more in the moment before the first byte is written; absent, it may. */
  readonly mayLeave?: () => boolean;
}

/** Larger answers are treated as cut off there. The longest we ask for is a page of the task listing. */
const ANSWER_BYTES_MAX = 8 * 1_048_576;

/**
 * Sends one request and reads its answer. It never throws, never follows a redirect (which would carry the
 * token elsewhere, or POST a second time) and never repeats anything.
 */
export async function askProvider(request: ProviderRequest): Promise<ProviderAnswer | ProviderFault> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(timeoutError(request.timeoutMs)), request.timeoutMs);
  try {
    const sending = () => send(request, abort.signal);
    const { mayLeave } = request;
    return await readAnswer(await (mayLeave === undefined ? sending() : sendWhile(mayLeave, sending)));
  } catch (error) {
    return { kind: 'fault', error };
  } finally {
    clearTimeout(timer);
  }
}

function send(request: ProviderRequest, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${request.token}`,
    accept: 'application/json',
  };
  const { file } = request;
  if (file === undefined && request.body === null)
    return request.fetch(request.url, { method: request.method, headers, redirect: 'manual', signal });
  headers['content-type'] = file?.contentType ?? 'application/json';
  const body = file?.bytes ?? JSON.stringify(request.body);
  return request.fetch(request.url, { method: request.method, headers, body, redirect: 'manual', signal });
}

async function readAnswer(response: Response): Promise<ProviderAnswer> {
  const { text, bodyError } = await readText(response);
  return {
    kind: 'answer',
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    date: response.headers.get('date'),
    text,
    bodyError,
  };
}

/** As much of the body as came: a status is worth knowing even when the rest was lost. */
async function readText(response: Response): Promise<{ text: string; bodyError: unknown }> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > ANSWER_BYTES_MAX) return { text, bodyError: new Error('The answer is too large') };
      text += decoder.decode(chunk, { stream: true });
    }
    return { text: text + decoder.decode(), bodyError: null };
  } catch (error) {
    return { text, bodyError: error };
  }
}

function timeoutError(timeoutMs: number): Error {
  const error = new Error(`The provider did not answer within ${timeoutMs} ms`);
  error.name = 'TimeoutError';
  return error;
}
