import { isIP } from 'node:net';
import { isPublicAddress } from './is-public-address.js';

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

/** Whether an address is of one of these origins; `localhost` and `127.0.0.1` are one machine. */
export function isOfOrigin(address: string, origins: readonly string[]): boolean {
  const origin = machineOf(address);
  return origins.some((own) => machineOf(own) === origin);
}

function machineOf(address: string): string {
  const url = new URL(address);
  return isLoopback(url.hostname) ? `${url.protocol}//loopback:${url.port}` : url.origin;
}

/** Without brackets and the dot that may end a name. */
function bareHost(host: string): string {
  return host.replace(/^\[|\]$|\.$/g, '').toLowerCase();
}
