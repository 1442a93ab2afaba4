import { z } from 'zod';

/** A port, and whether it is the default: a default that is taken gives way to the next free one. */
export interface PortSetting {
  readonly port: number;
  readonly isDefault: boolean;
}

/** A port to listen on; 0 means any free one. */
export function portSetting(fallback: number) {
  return z
    .string()
    .refine((text) => isWholeNumber(text, 0, 65_535), 'must be a port, a whole number from 0 to 65535')
    .optional()
    .transform((text): PortSetting => {
      return text === undefined
        ? { port: fallback, isDefault: true }
        : { port: Number(text), isDefault: false };
    });
}

/** Milliseconds. The upper bound is the longest wait a Node.js timer can hold. */
export function millisSetting(fallback: number, least = 1) {
  return wholeNumberSetting(fallback, least, 2 ** 31 - 1, 'milliseconds');
}

/** A whole number in a range. */
export function wholeNumberSetting(fallback: number, least: number, most: number, unit = '') {
  const what = unit === '' ? 'a whole number' : `a whole number of ${unit}`;
  return z
    .string()
    .refine((text) => isWholeNumber(text, least, most), `must be ${what} from ${least} to ${most}`)
    .optional()
    .transform((text) => (text === undefined ? fallback : Number(text)));
}

/** `on` or `off`, also as true, false, 1, 0, yes, no. */
export function switchSetting(fallback: boolean) {
  return z
    .string()
    .toLowerCase()
    .refine((text) => [...ON, ...OFF].includes(text), 'must be on or off')
    .optional()
    .transform((text) => (text === undefined ? fallback : ON.includes(text)));
}

const ON = ['on', 'true', '1', 'yes'];
const OFF = ['off', 'false', '0', 'no'];

/** A comma-separated list, without empty entries. */
export function listSetting() {
  return z.string().transform((text) => splitList(text));
}

/** The entries of a comma-separated list. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** An `http` or `https` origin; with `path: true` a path prefix is allowed. A trailing slash is dropped. */
export function originSetting(allowed: { readonly path: boolean } = { path: false }) {
  const rule = `must be an http or https origin${allowed.path ? ', a path prefix is allowed' : ''}`;
  return z
    .string()
    .refine((text) => isOrigin(text, allowed.path), rule)
    .transform((text) => text.replace(/\/+$/, ''));
}

function isOrigin(text: string, path: boolean): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) return false;
  return path || url.pathname === '/';
}

/** The address of a server, by its schemes (`redis:`, `rediss:`). */
export function serverUrlSetting(...schemes: readonly string[]) {
  const rule = `must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`;
  return z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), rule);
}

function isWholeNumber(text: string, least: number, most: number): boolean {
  const number = Number(text);
  return /^\d{1,15}$/.test(text) && number >= least && number <= most;
}
