/** What `fetch` takes. */
export type FetchBody = NonNullable<RequestInit['body']>;

/** A body, and whether there is a second time. */
export interface RequestBody {
  readonly contentType: string;
  /** The body for one try; `moved` is called whenever a part of it goes out. */
  open(moved: () => void): Promise<{ readonly body: FetchBody; readonly streams: boolean }>;
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
