import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { NamedKey } from '@catwalk/infra/process';
import type { ApiConfig } from './config.js';
import { ProblemError } from './problem-error.js';

/** Who is asking: a key's name, and whether it is an admin's. */
export interface Caller {
  readonly client: string;
  readonly admin: boolean;
}

/** Says who sends a request, from its headers alone. */
export type Authenticate = (headers: IncomingHttpHeaders) => Caller;

/**
 * The way callers are told apart: by their keys. In a keyless sandbox everyone who is admitted (`createAdmit`, which
 * must have been asked before) is the same.
 */
export function createAuthenticate(config: Pick<ApiConfig, 'apiKeys' | 'adminKeys'>): Authenticate {
  const known = [...config.apiKeys.map(toKnown(false)), ...config.adminKeys.map(toKnown(true))];
  if (known.length === 0) return () => LOCAL_CALLER;
  return (headers) => authenticateKey(known, headers.authorization);
}

/** Refuses whom nothing here answers, key or not: in a keyless sandbox, whoever is not on this machine. */
export function createAdmit(
  config: Pick<ApiConfig, 'apiKeys' | 'adminKeys'>,
): (headers: IncomingHttpHeaders) => void {
  return config.apiKeys.length + config.adminKeys.length > 0 ? () => undefined : admitLocal;
}

interface KnownKey {
  readonly digest: Buffer;
  readonly caller: Caller;
}

function toKnown(admin: boolean): (key: NamedKey) => KnownKey {
  return ({ name, key }) => ({ digest: digestOf(key), caller: { client: name, admin } });
}

/** Every key is compared, each in constant time, so that the time taken tells nothing. */
function authenticateKey(known: readonly KnownKey[], authorization: string | undefined): Caller {
  const digest = digestOf(/^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '');
  let caller: Caller | null = null;
  for (const entry of known) if (timingSafeEqual(entry.digest, digest)) caller = entry.caller;
  if (caller !== null) return caller;
  throw new ProblemError('unauthorized', 'Send a valid key as Authorization: Bearer <key>', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

const LOCAL_CALLER: Caller = { client: 'default', admin: true };
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/**
 * Without keys only programs on this machine may ask. A page of another site in a browser here could send
 * requests too, by a name that resolves to loopback or across origins; a proxy would make everyone local.
 */
function admitLocal(headers: IncomingHttpHeaders): void {
  const host = headers.host ?? '';
  if (!LOCAL_HOST.test(host)) throw forbidden('its Host is not localhost, 127.0.0.1 or [::1]');
  for (const name in headers)
    if (name === 'forwarded' || name.startsWith('x-forwarded-')) throw forbidden('it came through a proxy');
  if (headers.origin !== undefined && headers.origin !== `http://${host}`)
    throw forbidden('it comes from another origin');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw forbidden('it comes from another site');
}

function forbidden(why: string): ProblemError {
  return new ProblemError('forbidden', `Without keys only this machine may ask: ${why}`);
}
