import type { Deadline } from './start-deadline.js';

/** What `fetch` takes. */
export type FetchBody = NonNullable<RequestInit['body']>;

export type BodyDeadline = Pick<Deadline, 'signal' | 'renew'>;

/** A body, and whether there is a second time. */
export interface RequestBody {
  readonly contentType: string;
  /** The body for one try: what is read piece by piece renews the deadline, and stops at its end. */
  open(deadline: BodyDeadline): Promise<{ readonly body: FetchBody; readonly streams: boolean }>;
  /** Whether it can be opened (again) with the same bytes. */
  canOpen(): boolean;
  /** What the caller's own input threw, if it did: no fault of the connection. */
  failure(): { readonly error: unknown } | null;
}

/** A body that is there as a whole. */
export function wholeBody(contentType: string, body: FetchBody): RequestBody {
  return {
    contentType,
    open: async () => ({ body, streams: false }),
    canOpen: () => true,
    failure: () => null,
  };
}

/** A JSON body. */
export function jsonBody(value: unknown): RequestBody {
  return wholeBody('application/json', JSON.stringify(value));
}
