import type { Query } from './address.js';
import type { AnswerSchema } from './check-answer.js';
import type { CallOptions, Sender } from './request.js';

/** One page of a listing; a `nextCursor` of null is the end. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

/** A listing: iterated, it is complete, and each page is fetched when it is needed. */
export interface Pages<Item> extends AsyncIterable<Item> {
  /** One page: the first, or the one behind a cursor. */
  page(cursor?: string | null): Promise<Page<Item>>;
}

/** What listings take: `limit` is the size of a page (1 to 200), not of the whole. */
export interface ListOptions extends CallOptions {
  readonly limit?: number | undefined;
}

/** A listing at a path. Nothing is asked before somebody reads. */
export function listPages<Item>(
  sender: Sender,
  at: { readonly path: string; readonly query: Query; readonly schema: AnswerSchema<Page<Item>> },
  options: ListOptions,
): Pages<Item> {
  const page = (cursor: string | null = null) => {
    const query = { ...at.query, limit: options.limit, cursor };
    return sender.send({ ...options, method: 'GET', path: at.path, query }, at.schema);
  };
  return {
    page,
    async *[Symbol.asyncIterator]() {
      let cursor: string | null = null;
      do {
        const { data, nextCursor }: Page<Item> = await page(cursor);
        yield* data;
        cursor = nextCursor;
      } while (cursor !== null);
    },
  };
}
