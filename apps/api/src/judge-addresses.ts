import type { CreateTryOn, Issue } from '@catwalk/contract';
import { isOfOrigin, isPrivate } from '@catwalk/infra/outbound';
import type { ApiConfig } from './config.js';

type AddressRules = Pick<ApiConfig, 'allowPrivateAddresses' | 'ownOrigins'>;

const FIELDS = ['humanImage', 'dressInput', 'upperInput', 'lowerInput', 'replyUrl'] as const;

/** Machines whose verdict is remembered: inputs name few, and those that do not must not take memory. */
const REMEMBERED_MAX = 1_000;
const MACHINE = /^https?:\/\/[^/?#]*/i;

/** Names the addresses of a request that lie inside somebody's network, unless they are allowed or our own. */
export type JudgeAddresses = (body: Partial<CreateTryOn>) => Issue[];

/** For many requests: what was found of a machine is remembered. */
export function createAddressJudge(rules: AddressRules): JudgeAddresses {
  const known = new Map<string, boolean>();
  const isInside = (address: string): boolean => {
    const machine = MACHINE.exec(address)?.[0] ?? address;
    const before = known.get(machine);
    if (before !== undefined) return before;
    if (known.size >= REMEMBERED_MAX) known.clear();
    const inside = isPrivate(new URL(address).hostname) && !isOfOrigin(address, rules.ownOrigins);
    known.set(machine, inside);
    return inside;
  };
  return (body) => {
    if (rules.allowPrivateAddresses) return [];
    const issues: Issue[] = [];
    for (const path of FIELDS) {
      const address = body[path] ?? null;
      if (address !== null && isInside(address))
        issues.push({ path, message: 'must not be a private or loopback address' });
    }
    return issues;
  };
}
