import { CatwalkError } from './errors.js';

/** What stands behind the question mark; what is undefined, and an empty list, is left out. */
export type Query = Readonly<
  Record<string, string | number | boolean | Date | readonly string[] | null | undefined>
>;

/**
 * A path with ids and the like in it.
 *
 * @throws CatwalkError for an id that would lead to another address.
 */
export function pathOf(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  for (const part of parts)
    if (part === '' || part === '.' || part === '..')
      throw new CatwalkError(`${JSON.stringify(part)} cannot be an id`);
  return String.raw({ raw: strings }, ...parts.map(encodeURIComponent));
}

/** A query with its question mark, or nothing. */
export function queryOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    search.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * The address that paths are appended to.
 *
 * @throws CatwalkError for what is no web address, or has a user, a query or a fragment.
 */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CatwalkError('baseUrl must be an absolute http or https URL');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new CatwalkError('baseUrl must have no user info, query or fragment');
  return url.href.replace(/\/+$/, '');
}
