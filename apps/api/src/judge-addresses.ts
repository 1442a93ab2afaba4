import type { CreateTryOn, Issue } from '@catwalk/contract';
import { isOfOrigin, isPrivate } from '@catwalk/infra/outbound';
import type { ApiConfig } from './config.js';

type AddressRules = Pick<ApiConfig, 'allowPrivateAddresses' | 'ownOrigins'>;

const FIELDS = ['humanImage', 'dressInput', 'upperInput', 'lowerInput', 'replyUrl'] as const;

/** Names the addresses of a request that lie inside somebody's network, unless they are allowed or our own. */
export function judgeAddresses(body: Partial<CreateTryOn>, rules: AddressRules): Issue[] {
  if (rules.allowPrivateAddresses) return [];
  return FIELDS.flatMap((path) => {
    const address = body[path] ?? null;
    if (address === null || !isPrivate(new URL(address).hostname) || isOfOrigin(address, rules.ownOrigins))
      return [];
    return [{ path, message: 'must not be a private or loopback address' }];
  });
}
