import { isIP } from 'node:net';
import { isPublicAddress } from '../outbound/index.js';

/** Whether a host name or address means this machine. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/**
 * Whether a host as it is written means a machine that the public internet does not reach. Names are not looked
 * up. Expects the host of a parsed URL, where every way to write an IPv4 address has become the dotted one.
 */
export function isPrivate(host: string): boolean {
  const bare = bareHost(host);
  if (isLoopback(bare) || bare.endsWith('.local')) return true;
  return isIP(bare) !== 0 && !isPublicAddress(bare);
}

/** Without brackets and the dot that may end a name. */
function bareHost(host: string): string {
  return host.replace(/^\[|\]$|\.$/g, '').toLowerCase();
}
