import ipaddr from 'ipaddr.js';

/** The part of IPv6 that is given out to the public (IANA, "IPv6 Global Unicast Address Space"). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Whether an IP address is one of the public internet's: not loopback, link-local, private, shared, multicast,
 * reserved or of a cloud's metadata service. An IPv4 address in IPv6 clothes (mapped) is judged as what it is;
 * those that a translator would unwrap (NAT64, 6to4, Teredo) are not public, since where they lead is not seen.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST as [ipaddr.IPv6, number]);
}
