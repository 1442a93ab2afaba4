import { isIP } from 'node:net';
import type { NamedKey } from './credential-settings.js';
import type { SettingProblem } from './parse-settings.js';
import type { Mode } from './settings-fields.js';

/** Rules between settings, for the third argument of `parseSettings`. */

/** Live without a token could only fail later. */
export function tokenRule(values: { MODE?: Mode; USEAPI_TOKEN?: string | undefined }): SettingProblem | null {
  if (values.MODE !== 'live' || values.USEAPI_TOKEN !== undefined) return null;
  return { name: 'USEAPI_TOKEN', rule: 'is required when MODE is live' };
}

/** The token must not travel in the clear, except on this machine. */
export function baseUrlRule(values: { USEAPI_BASE_URL?: string | undefined }): SettingProblem | null {
  const url = values.USEAPI_BASE_URL;
  if (url === undefined || url.startsWith('https:') || isLoopback(new URL(url).hostname)) return null;
  return { name: 'USEAPI_BASE_URL', rule: 'must be https unless it is a loopback address' };
}

/** In live the provider calls from outside: plain http or a private address is a mistake unless allowed. */
export function webhookUrlRule(values: {
  MODE?: Mode;
  PUBLIC_WEBHOOK_URL?: string | undefined;
  ALLOW_PRIVATE_ADDRESSES?: boolean;
}): SettingProblem | null {
  const url = values.PUBLIC_WEBHOOK_URL;
  if (url === undefined || values.MODE !== 'live' || values.ALLOW_PRIVATE_ADDRESSES === true) return null;
  const name = 'PUBLIC_WEBHOOK_URL';
  if (!url.startsWith('https:')) return { name, rule: 'must be https (or set ALLOW_PRIVATE_ADDRESSES)' };
  if (!isPrivate(new URL(url).hostname)) return null;
  return { name, rule: 'must not be a private or loopback address (or set ALLOW_PRIVATE_ADDRESSES)' };
}

/** An API that others can reach, or that costs money, needs keys. */
export function apiKeysRule(values: {
  MODE?: Mode;
  API_HOST?: string;
  API_KEYS?: readonly NamedKey[];
  ADMIN_KEYS?: readonly NamedKey[];
}): SettingProblem | null {
  if (values.API_KEYS === undefined || values.ADMIN_KEYS === undefined) return null;
  if (values.API_KEYS.length + values.ADMIN_KEYS.length > 0) return null;
  const name = 'API_KEYS';
  if (values.MODE === 'live') return { name, rule: 'API_KEYS or ADMIN_KEYS is required when MODE is live' };
  if (values.API_HOST === undefined || isLoopback(values.API_HOST)) return null;
  return { name, rule: 'API_KEYS or ADMIN_KEYS is required when API_HOST is not a loopback address' };
}

/** One key in both lists would have two ranks. */
export function distinctKeysRule(values: {
  API_KEYS?: readonly NamedKey[];
  ADMIN_KEYS?: readonly NamedKey[];
}): SettingProblem | null {
  const admin = new Set(values.ADMIN_KEYS?.map((entry) => entry.key));
  if (!values.API_KEYS?.some((entry) => admin.has(entry.key))) return null;
  return { name: 'API_KEYS', rule: 'must not hold a key that also stands in ADMIN_KEYS' };
}

/** Whether a host name or address means this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

function isPrivate(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(bare) || bare === '::' || bare.endsWith('.local')) return true;
  if (isIP(bare) === 6) return /^(f[cd]|fe[89ab]|::ffff:)/.test(bare);
  return (
    isIP(bare) === 4 &&
    /^(0|10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(bare)
  );
}
