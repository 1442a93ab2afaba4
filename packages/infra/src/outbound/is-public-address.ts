import ipaddr from 'ipaddr.js';

/** The part of IPv6 that is given out to the public (IANA, "IPv6 Global Unicast Address Space"). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** Public by its number, but each machine of that cloud reaches its own metadata there (Azure's WireServer). */
const METADATA = new Set(['168.63.129.16']);

/**
 * Whether an IP address is one of the public internet's: not loopback, link-local, private, shared, multicast,
 * reserved or of a cloud's metadata service. An IPv4 address in IPv6 clothes is judged as what it is: mapped, or
 * behind the prefix that every NAT64 translator knows (RFC 6052), as DNS64 answers for each IPv4 host. What others
 * would unwrap (a network's own NAT64 prefix, 6to4, Teredo) is not public, since where it leads is not seen.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = unwrapped(ipaddr.process(address));
  if (parsed.range() !== 'unicast' || METADATA.has(parsed.toString())) return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST as [ipaddr.IPv6, number]);
}

function unwrapped(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.kind() === 'ipv4' || address.range() !== 'rfc6052') return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}
