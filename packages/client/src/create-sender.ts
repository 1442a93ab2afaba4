import { checkAnswer } from './check-answer.js';
import { UnexpectedAnswerError } from './errors.js';
import { judgeRetry } from './judge-retry.js';
import type { Request, Sender } from './request.js';
import { type Answered, type Route, sendOnce } from './send-once.js';
import { waitMs } from './wait-ms.js';

export interface SenderOptions extends Route {
  readonly maxRetries: number;
}

/** Sends requests to one API. The key lives in this function alone: what is thrown or shown does not have it. */
export function createSender(options: SenderOptions): Sender {
  const { maxRetries } = options;
  return {
    maxRetries,
    send: (request, schema) =>
      repeat(request, maxRetries, async () => {
        const answered = await sendOnce(options, request);
        return checkAnswer(schema, await readText(answered), answered.context);
      }),
    open: (request) =>
      repeat(request, maxRetries, async () => {
        const answered = await sendOnce(options, request);
        requireType(answered, request.mediaType);
        return { requestId: answered.context.requestId ?? null, bytes: readBytes(answered) };
      }),
  };
}

async function repeat<Result>(
  request: Request,
  maxRetriesDefault: number,
  act: () => Promise<Result>,
): Promise<Result> {
  const maxRetries = request.maxRetries ?? maxRetriesDefault;
  for (let retries = 0; ; retries += 1) {
    try {
      return await act();
    } catch (error) {
      const repeatable = isRepeatable(request);
      const pauseMs = judgeRetry({ error, repeatable, retries, maxRetries });
      if (pauseMs === null) throw error;
      await waitMs(pauseMs, request.signal);
    }
  }
}

function isRepeatable({ method, body, idempotencyKey, changesNothing }: Request): boolean {
  const isSafe = method !== 'POST' || changesNothing === true || idempotencyKey !== undefined;
  return isSafe && (body?.canOpen() ?? true);
}

/** Refused before it is read: it may never end. */
function requireType({ response, deadline, context }: Answered, mediaType: string | undefined): void {
  const type = response.headers.get('content-type') ?? '';
  if (mediaType === undefined || type.startsWith(mediaType)) return;
  deadline.end();
  throw new UnexpectedAnswerError(`The answer is ${type || 'of no type'}, and not ${mediaType}`, context);
}

async function readText({ response, deadline, toError }: Answered): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw toError(error);
  } finally {
    deadline.end();
  }
}

async function* readBytes({ response, deadline, toError }: Answered): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (;;) {
      deadline.renew();
      const read = await reader?.read();
      if (read === undefined || read.done) return;
      deadline.rest();
      yield read.value;
    }
  } catch (error) {
    throw toError(error);
  } finally {
    deadline.end();
  }
}
