import { isLoopback, isPrivate } from '../outbound/index.js';
import type { NamedKey } from './credential-settings.js';
import type { SettingProblem } from './parse-settings.js';
import type { Mode } from './settings-fields.js';

/** Rules between settings, for the third argument of `parseSettings`. */

/** Live without a token could only fail later. */
export function tokenRule(values: { MODE?: Mode; USEAPI_TOKEN?: string | undefined }): SettingProblem | null {
  if (values.MODE !== 'live' || values.USEAPI_TOKEN !== undefined) return null;
  return { name: 'USEAPI_TOKEN', rule: 'is required when MODE is live' };
}

/**
 * In live the token must not travel in the clear, except on this machine. In the sandbox only the simulator may be
 * asked: whoever can be reached from here alone is not the provider that bills.
 */
export function baseUrlRule(values: {
  MODE?: Mode;
  USEAPI_BASE_URL?: string | undefined;
}): SettingProblem | null {
  if (values.USEAPI_BASE_URL === undefined) return null;
  const url = new URL(values.USEAPI_BASE_URL);
  const name = 'USEAPI_BASE_URL';
  if (values.MODE === 'sandbox')
    return isNearby(url.hostname) ? null : { name, rule: `must be the simulator's in sandbox: ${NEARBY}` };
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return null;
  return { name, rule: 'must be https unless it is a loopback address' };
}

/** The provider calls from outside: plain http or a private address is a mistake, unless it is the simulator or allowed. */
export function webhookUrlRule(values: {
  MODE?: Mode;
  PUBLIC_WEBHOOK_URL?: string | undefined;
  ALLOW_PRIVATE_ADDRESSES?: boolean;
}): SettingProblem | null {
  if (values.PUBLIC_WEBHOOK_URL === undefined || values.ALLOW_PRIVATE_ADDRESSES === true) return null;
  const url = new URL(values.PUBLIC_WEBHOOK_URL);
  if (values.MODE === 'sandbox' && isOwnNetwork(url.hostname)) return null;
  const name = 'PUBLIC_WEBHOOK_URL';
  if (url.protocol !== 'https:') return { name, rule: 'must be https (or set ALLOW_PRIVATE_ADDRESSES)' };
  if (!isPrivate(url.hostname)) return null;
  return { name, rule: 'must not be a private or loopback address (or set ALLOW_PRIVATE_ADDRESSES)' };
}

const NEARBY = 'a loopback or private address, or a host name without a dot';

function isNearby(host: string): boolean {
  return isPrivate(host) || isOwnNetwork(host);
}

/** This machine, or a neighbour among containers: a name without a dot is in no public directory. */
function isOwnNetwork(host: string): boolean {
  return isLoopback(host) || /^[a-z][a-z0-9_-]*$/i.test(host);
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
