import type { CreateTryOn, Issue } from '@catwalk/contract';
import { isLoopback, isPrivate } from '@catwalk/infra/process';
import type { ApiConfig } from './config.js';

type AddressRules = Pick<ApiConfig, 'allowPrivateAddresses' | 'ownOrigins'>;

const FIELDS = ['humanImage', 'dressInput', 'upperInput', 'lowerInput', 'replyUrl'] as const;

/** Names the addresses of a request that lie inside somebody's network, unless they are allowed or our own. */
export function judgeAddresses(body: CreateTryOn, rules: AddressRules): Issue[] {
  if (rules.allowPrivateAddresses) return [];
  return FIELDS.flatMap((path) => {
    const address = body[path];
    if (address === null || !isPrivate(new URL(address).hostname) || isOurs(address, rules)) return [];
    return [{ path, message: 'must not be a private or loopback address' }];
  });
}

function isOurs(address: string, { ownOrigins }: AddressRules): boolean {
  const origin = originOf(address);
  return ownOrigins.some((own) => originOf(own) === origin);
}

/** `localhost` and `127.0.0.1` are one machine. */
function originOf(address: string): string {
  const url = new URL(address);
  return isLoopback(url.hostname) ? `${url.protocol}//loopback:${url.port}` : url.origin;
}
