/** Why an address is not asked at all, before its name is looked up. */
export type AddressRefusal = 'not_an_address' | 'scheme' | 'user_info' | 'port';

/** http and https only, no user info, and no port at which something other than a web server usually listens. */
export function judgeAddress(text: string): URL | AddressRefusal {
  if (!URL.canParse(text)) return 'not_an_address';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'scheme';
  if (url.username !== '' || url.password !== '') return 'user_info';
  const port = Number(url.port);
  return url.port === '' || port === 80 || port === 443 || port > 1_023 ? url : 'port';
}
