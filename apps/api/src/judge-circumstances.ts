import type { CreateTryOn, Issue } from '@catwalk/contract';
import type { RememberedRooms } from '@catwalk/infra/postgres';
import type { ApiConfig } from './config.js';
import { createAddressJudge } from './judge-addresses.js';
import { unavailable } from './problem-error.js';

/**
 * Rules that depend on settings and on now: a request that was sound when its key was used must still be replayed
 * later.
 */
export async function judgeCircumstances(
  body: Partial<CreateTryOn>,
  rooms: RememberedRooms,
  config: ApiConfig,
): Promise<Issue[]> {
  const { email = null, expiresAt = null } = body;
  const issues = createAddressJudge(config)(body);
  if (email !== null && !(await isConfigured(email, rooms)))
    issues.push({ path: 'email', message: 'must be one of the configured accounts' });
  if (expiresAt !== null) {
    await rooms.read();
    if (expiresAt.getTime() <= rooms.nowMs())
      issues.push({ path: 'expiresAt', message: 'must not be in the past' });
  }
  return issues;
}

async function isConfigured(email: string, rooms: RememberedRooms): Promise<boolean> {
  const has = (accounts: readonly { email: string }[]) => accounts.some((account) => account.email === email);
  if (has((await rooms.read()).accounts)) return true;
  const { accounts } = await rooms.readAgain();
  if (accounts.length === 0) throw unavailable('The accounts are not known yet');
  return has(accounts);
}
