import { type Event, type EventList, type EventType, eventListSchema, type LATEST } from '@catwalk/contract';
import { followEvents } from './follow-events.js';
import type { CallOptions, Sender } from './request.js';

/** Which events; all conditions hold together. */
export interface EventFilter {
  readonly types?: EventType | readonly EventType[] | undefined;
  /** Only of this batch and its try-ons. */
  readonly batchId?: string | undefined;
  readonly tryOnId?: string | undefined;
}

export interface EventListOptions extends EventFilter, CallOptions {
  /** The position behind which to begin; the first event of all unless told. */
  readonly after?: number | typeof LATEST | undefined;
  /** The size of a page (1 to 200), not of the whole. */
  readonly limit?: number | undefined;
}

export interface FollowOptions extends EventFilter, CallOptions {
  /** The position behind which to begin; with what happens from now on unless told. */
  readonly after?: number | typeof LATEST | undefined;
}

/** Events that have happened: iterated, they end with the newest. */
export interface EventPages extends AsyncIterable<Event> {
  /** One page: the first, or the one behind a position, such as `nextAfter` of the page before. */
  page(after?: number): Promise<EventList>;
}

/** `/v1/events`. Everything throws `ApiError` for a refusal, and the other errors of this package. */
export interface Events {
  list(options?: EventListOptions): EventPages;
  /**
   * Events as they happen, each once and in order, until `signal` ends it or nobody reads any more. It outlasts
   * broken connections and an API that is away: `maxRetries` is how often in a row it may fail, without end unless
   * told. Where no stream can be had it asks page by page.
   */
  follow(options?: FollowOptions): AsyncIterable<Event>;
}

export function createEvents(sender: Sender): Events {
  return {
    list: (options = {}) => listEvents(sender, options),
    follow: (options = {}) => followEvents(sender, options),
  };
}

function listEvents(sender: Sender, { after, types, batchId, tryOnId, limit, ...call }: EventListOptions) {
  const page = (behind: EventListOptions['after'] = after) => {
    const query = { after: behind, types, batchId, tryOnId, limit };
    return sender.send({ ...call, method: 'GET', path: '/v1/events', query }, eventListSchema);
  };
  return {
    page: (behind?: number) => page(behind),
    async *[Symbol.asyncIterator]() {
      let list = await page();
      yield* list.data;
      while (list.hasMore) {
        list = await page(list.nextAfter);
        yield* list.data;
      }
    },
  };
}
