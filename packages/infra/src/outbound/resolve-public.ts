import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { isPublicAddress } from './is-public-address.js';

/** Every address of a host name; rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export type Resolved =
  | { readonly kind: 'public'; readonly addresses: readonly LookupAddress[] }
  | { readonly kind: 'private' }
  | { readonly kind: 'unknown' };

/** Looks a host up once. One address that is not public spoils the name: which one is taken is not ours to say. */
export async function resolvePublic(
  host: string,
  resolve: Resolve,
  mayBePrivate: boolean,
): Promise<Resolved> {
  const bare = host.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  const addresses = family === 0 ? await resolve(bare).catch(() => []) : [{ address: bare, family }];
  if (addresses.length === 0) return { kind: 'unknown' };
  const isAllowed = mayBePrivate || addresses.every(({ address }) => isPublicAddress(address));
  return isAllowed ? { kind: 'public', addresses } : { kind: 'private' };
}
