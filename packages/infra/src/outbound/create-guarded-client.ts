import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { askAddress } from './ask-address.js';
import { type AddressRefusal, judgeAddress } from './judge-address.js';
import { isOfOrigin } from './private-address.js';
import { readBounded } from './read-bounded.js';
import { type Resolve, resolvePublic } from './resolve-public.js';

export interface GuardedClientOptions {
  /** Whether addresses of one's own network may be asked (`ALLOW_PRIVATE_ADDRESSES`). */
  readonly allowPrivate: boolean;
  /** Origins that may be asked wherever they are: Catwalk's own, in the sandbox. */
  readonly ownOrigins?: readonly string[];
  /** How names are looked up; the system's resolver when left out. */
  readonly resolve?: Resolve;
}

export interface GuardedRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** A longer body is cut there, and the rest is not waited for; else it is `too_large`. */
  readonly cut?: boolean;
  /** Gives a body that is packed as it came, instead of calling the answer `encoded`. */
  readonly packed?: boolean;
  /** For everything together: the look-up, redirects, and the body to its end. */
  readonly timeoutMs: number;
  /** 3 when left out. Each is checked like the first address; a POST follows none. */
  readonly redirectsMax?: number;
  /** Breaks the request off. */
  readonly stopping?: AbortSignal;
}

export type GuardedAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: Buffer;
    }
  /** Not asked, or not followed there: the address is one that must not be reached from here. */
  | { readonly kind: 'refused'; readonly reason: AddressRefusal | 'private_address' | 'too_many_redirects' }
  | {
      readonly kind: 'failed';
      readonly reason: 'unreachable' | 'timeout' | 'too_large' | 'encoded' | 'stopped';
    };

/** The one way to ask an address that somebody else gave us. Nothing is thrown: each answer is a value. */
export interface GuardedClient {
  ask(request: GuardedRequest): Promise<GuardedAnswer>;
}

const REDIRECTS_MAX = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export function createGuardedClient(options: GuardedClientOptions): GuardedClient {
  const resolve = options.resolve ?? ((host) => lookup(host, { all: true, verbatim: true }));
  const { allowPrivate, ownOrigins = [] } = options;
  const mayBePrivate = (url: URL) => allowPrivate || isOfOrigin(url.href, ownOrigins);
  return {
    ask: (request) => inTime(request, (signal) => askGuarded(request, { signal, resolve, mayBePrivate })),
  };
}

/** Look-ups cannot be broken off, so the time is kept beside them. */
async function inTime(
  { timeoutMs, stopping }: GuardedRequest,
  ask: (signal: AbortSignal) => Promise<GuardedAnswer>,
): Promise<GuardedAnswer> {
  const broken = new AbortController();
  let reason: 'timeout' | 'stopped' | 'unreachable' = 'unreachable';
  const end = (why: typeof reason) => () => {
    reason = why;
    broken.abort();
  };
  const stop = end('stopped');
  const timer = setTimeout(end('timeout'), timeoutMs);
  stopping?.addEventListener('abort', stop, { once: true });
  if (stopping?.aborted === true) stop();
  const failed = (): GuardedAnswer => ({ kind: 'failed', reason });
  const ended = new Promise<GuardedAnswer>((resolve) => {
    if (broken.signal.aborted) resolve(failed());
    broken.signal.addEventListener('abort', () => resolve(failed()), { once: true });
  });
  try {
    return await Promise.race([ask(broken.signal).catch(failed), ended]);
  } finally {
    clearTimeout(timer);
    stopping?.removeEventListener('abort', stop);
  }
}

interface Rules {
  readonly signal: AbortSignal;
  readonly resolve: Resolve;
  mayBePrivate(url: URL): boolean;
}

async function askGuarded(request: GuardedRequest, rules: Rules): Promise<GuardedAnswer> {
  const { method = 'GET', headers = {}, redirectsMax = REDIRECTS_MAX } = request;
  let address = request.url;
  for (let hops = 0; ; hops += 1) {
    const url = judgeAddress(address);
    if (typeof url === 'string') return { kind: 'refused', reason: url };
    const resolved = await resolvePublic(url.hostname, rules.resolve, rules.mayBePrivate(url));
    if (resolved.kind === 'private') return { kind: 'refused', reason: 'private_address' };
    if (resolved.kind === 'unknown') return { kind: 'failed', reason: 'unreachable' };
    rules.signal.throwIfAborted();
    const { addresses } = resolved;
    const message = await askAddress({
      url,
      method,
      headers,
      body: request.body,
      addresses,
      signal: rules.signal,
    });
    const next = method === 'POST' ? null : redirectOf(message, url);
    if (next === null) return readAnswer(message, request);
    message.destroy();
    if (hops >= redirectsMax) return { kind: 'refused', reason: 'too_many_redirects' };
    address = next;
  }
}

function redirectOf(message: IncomingMessage, from: URL): string | null {
  const { location } = message.headers;
  if (!REDIRECTS.has(message.statusCode ?? 0) || location === undefined) return null;
  return URL.canParse(location, from.href) ? new URL(location, from).href : location;
}

async function readAnswer(
  message: IncomingMessage,
  { method, maxBytes, cut = false, packed = false }: GuardedRequest,
): Promise<GuardedAnswer> {
  const encoding = message.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && !packed) {
    message.destroy();
    return { kind: 'failed', reason: 'encoded' };
  }
  const body = method === 'HEAD' ? readNothing(message) : await readBounded(message, maxBytes, cut);
  if (body === null) return { kind: 'failed', reason: 'too_large' };
  return { kind: 'answered', status: message.statusCode ?? 0, headers: message.headers, body };
}

/** The length that the answer to a HEAD announces is that of a body which does not come. */
function readNothing(message: IncomingMessage): Buffer {
  message.destroy();
  return Buffer.alloc(0);
}
