import { isIP } from 'node:net';

/** Whether a host name or address means this machine. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/**
 * Whether a host as it is written means a machine that only a network of one's own reaches. Names are not looked
 * up. Expects the host of a parsed URL, where every way to write an IPv4 address has become the dotted one.
 */
export function isPrivate(host: string): boolean {
  const bare = bareHost(host);
  if (isLoopback(bare) || bare === '::' || bare.endsWith('.local')) return true;
  return (isIP(bare) === 6 ? PRIVATE_6 : PRIVATE_4).test(bare) && isIP(bare) !== 0;
}

// This network, private use (RFC 1918), shared (RFC 6598), loopback, link-local.
const PRIVATE_4 =
  /^(0|10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
// Unique local (fc00::/7), link-local (fe80::/10), and IPv4 in disguise (mapped, NAT64), which nobody needs here.
const PRIVATE_6 = /^(f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::ffff:|64:ff9b:)/;

/** Without brackets and the dot that may end a name. */
function bareHost(host: string): string {
  return host.replace(/^\[|\]$|\.$/g, '').toLowerCase();
}
