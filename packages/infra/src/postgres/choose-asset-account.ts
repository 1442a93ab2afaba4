import type { AccountRooms } from './read-account-rooms.js';

/**
 * An account for a picture that the provider is to keep, and so for the jobs that use it: one of those that may be
 * used now, the likelier the more slots it has.
 *
 * @param chance from 0 inclusive to 1 exclusive
 * @returns null: no account is configured
 */
export function chooseAssetAccount({ accounts }: AccountRooms, chance: number): string | null {
  const working = accounts.filter(({ paused }) => paused === null);
  const chosen = working.length > 0 ? working : accounts;
  const slots = chosen.map(({ free, open }) => Math.max(1, free + open));
  let left = chance * slots.reduce((sum, count) => sum + count, 0);
  const index = slots.findIndex((count) => {
    left -= count;
    return left < 0;
  });
  return chosen[index]?.email ?? null;
}
