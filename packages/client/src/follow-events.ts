import {
  type Event,
  eventListSchema,
  eventSchema,
  LATEST,
  STREAM_END,
  streamEndSchema,
} from '@catwalk/contract';
import { checkAnswer } from './check-answer.js';
import { ApiError, ConnectionError, TimeoutError, UnexpectedAnswerError } from './errors.js';
import type { FollowOptions } from './events.js';
import { judgeRetry } from './judge-retry.js';
import { readServerEvents } from './read-server-events.js';
import type { Sender } from './request.js';
import { waitMs } from './wait-ms.js';

/** The server shows every 15 s that a stream lives: three of them missing is a dead one. */
const SILENCE_MS = 45_000;
/** Where no stream can be had. */
const BETWEEN_PAGES_MS = 2_000;
/** After so many pages a stream is tried again. */
const PAGES = 30;

/** Events as they happen. @returns never by itself */
export async function* followEvents(sender: Sender, options: FollowOptions): AsyncGenerator<Event> {
  const { after, maxRetries = Number.POSITIVE_INFINITY } = options;
  const follower = new Follower(sender, options, after === LATEST ? undefined : after);
  let streams = true;
  for (let retries = 0; ; ) {
    follower.moved = false;
    try {
      yield* streams ? follower.stream() : follower.pages();
      streams = true;
    } catch (error) {
      if (follower.moved) retries = 0;
      const hasNoStream: boolean = streams && !follower.moved && cannotStream(error);
      const pauseMs = hasNoStream ? 0 : judgeRetry({ error, repeatable: true, retries, maxRetries });
      if (pauseMs === null) throw error;
      streams = !hasNoStream;
      retries += hasNoStream ? 0 : 1;
      await waitMs(pauseMs, options.signal);
    }
  }
}

/** An API without streams, one with too many of ours, or something in between that lets nothing through. */
function cannotStream(error: unknown): boolean {
  if (error instanceof ApiError) return [404, 405, 406, 429].includes(error.status);
  return error instanceof UnexpectedAnswerError || error instanceof TimeoutError;
}

class Follower {
  readonly #sender: Sender;
  readonly #options: FollowOptions;
  /** Unknown until the server has said where the end is. */
  #position: number | undefined;
  /** Whether anything came. */
  moved = false;

  constructor(sender: Sender, options: FollowOptions, position: number | undefined) {
    this.#sender = sender;
    this.#options = options;
    this.#position = position;
  }

  /** One connection. @throws ConnectionError when the server ends it */
  async *stream(): AsyncGenerator<Event> {
    const { requestId, bytes } = await this.#sender.open({
      ...this.#call(),
      path: '/v1/events/stream',
      query: { ...this.#filter(), after: this.#position === undefined ? LATEST : undefined },
      headers: {
        accept: 'text/event-stream, application/problem+json',
        ...(this.#position !== undefined && { 'last-event-id': String(this.#position) }),
      },
      mediaType: 'text/event-stream',
      timeoutMs: Math.max(this.#options.timeoutMs ?? 0, SILENCE_MS),
    });
    for await (const { id, event, data } of readServerEvents(bytes)) {
      this.moved = true;
      if (event === STREAM_END && data !== null) {
        const { detail } = checkAnswer(streamEndSchema, data, { requestId });
        throw new ConnectionError(`The stream of events ended: ${detail}`, { requestId });
      }
      if (data !== null) yield* this.#pass([checkAnswer(eventSchema, data, { requestId })]);
      else if (id !== null) this.#reach(Number(id));
    }
    throw new ConnectionError('The stream of events broke off', { requestId });
  }

  async *pages(): AsyncGenerator<Event> {
    for (let pages = 0; pages < PAGES; pages += 1) {
      const query = { ...this.#filter(), after: this.#position ?? LATEST, limit: 200 };
      const request = { ...this.#call(), path: '/v1/events', query };
      const list = await this.#sender.send(request, eventListSchema);
      this.moved = true;
      yield* this.#pass(list.data);
      this.#reach(list.nextAfter);
      if (!list.hasMore) await waitMs(BETWEEN_PAGES_MS, this.#options.signal);
    }
  }

  /** Each once, whatever is sent twice. */
  *#pass(events: readonly Event[]): Generator<Event> {
    for (const event of events)
      if (this.#position === undefined || event.position > this.#position) {
        this.#position = event.position;
        yield event;
      }
  }

  #reach(position: number): void {
    if (Number.isSafeInteger(position)) this.#position = Math.max(position, this.#position ?? 0);
  }

  #filter() {
    const { types, batchId, tryOnId } = this.#options;
    return { types, batchId, tryOnId };
  }

  #call() {
    const { signal, timeoutMs } = this.#options;
    return { signal, timeoutMs, maxRetries: 0, method: 'GET' as const };
  }
}
