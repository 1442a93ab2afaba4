/** Addresses in running text or JSON text, with JSON's escaped slashes and `\u0026` for `&`. */
const ADDRESS = /https?:(?:\\?\/){2}(?:[^\s"'<>\\]|\\\/|\\u[0-9a-f]{4})+/gi;

/**
 * A path that ends in `/callbacks/<replyRef>/<signature>` lets anybody speak for the provider, and one that ends in
 * `/assets/<secret>` shows a picture of a client to anybody.
 */
const SIGNED_PATH = /\/callbacks\\?\/[^/]+\/|\/assets\\?\/[\w-]{43}\./i;

/** The text with every address cut to origin and path, and those of signed callbacks and of assets to the origin. */
export function cutAddresses(text: string): string {
  return text.replace(ADDRESS, cutAddress);
}

function cutAddress(address: string): string {
  const path = address.split(/[?#]|\\u003f|\\u0023/i, 1)[0] ?? '';
  const withoutUser = path.replace(/^(https?:(?:\\?\/){2})[^/\\]*@/i, '$1');
  if (!SIGNED_PATH.test(withoutUser)) return withoutUser;
  return /^https?:(?:\\?\/){2}[^/\\]*/i.exec(withoutUser)?.[0] ?? '';
}

/** Only the origin of an address; a placeholder where it is none. */
export function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : '[address]';
}
