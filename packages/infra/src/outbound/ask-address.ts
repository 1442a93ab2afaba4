import type { LookupAddress } from 'node:dns';
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface Question {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The addresses that were checked: no other is connected to, whatever the name says by now. */
  readonly addresses: readonly LookupAddress[];
  readonly signal: AbortSignal;
}

/** Sends one request to an address that was checked, on a connection of its own. Redirects are not followed. */
export function askAddress(question: Question): Promise<IncomingMessage> {
  const { url, method, headers, body, signal } = question;
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options: RequestOptions = {
    method,
    // A body that was packed could unpack to any size.
    headers: { 'user-agent': 'catwalk', 'accept-encoding': 'identity', ...headers },
    agent: false,
    lookup: answerWith(question.addresses),
    signal,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

function answerWith(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };
}
