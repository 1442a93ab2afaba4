import { type ClaimedJob, type ClaimSettings, claimJobs, type Database } from '@catwalk/infra/postgres';
import { anna } from './seed-try-ons.js';

/** How claims are made in tests; the waits are the product's own. */
export const claimSettings: ClaimSettings = {
  account: anna,
  actor: 'worker',
  jobDeadlineMs: 1_800_000,
  callbackGraceMs: 60_000,
};

/** Claims these jobs as the worker does: their attempts are committed as `sending`, and nothing is sent. */
export async function startAttempts(
  db: Database,
  jobIds: readonly string[],
  more: Partial<ClaimSettings> = {},
): Promise<readonly ClaimedJob[]> {
  const { claimed } = await claimJobs(db, jobIds, { ...claimSettings, ...more });
  if (claimed.length !== jobIds.length)
    throw new Error(`${claimed.length} of ${jobIds.length} jobs could start`);
  return claimed;
}
