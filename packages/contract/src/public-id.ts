const TRY_ON_ID = /^try_[0-9a-f]{32}$/;

/** The id of a try-on, or null: what cannot be an id is not worth a query. */
export function parseTryOnId(text: string): string | null {
  return TRY_ON_ID.test(text) ? text : null;
}
