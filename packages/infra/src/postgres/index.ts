export {
  type CarriedJob,
  carriedLanes,
  carryJobs,
  carryLostAgain,
  putBack,
  UNPINNED_LANE,
} from './carry-jobs.js';
export {
  type Claim,
  type ClaimedJob,
  type ClaimSettings,
  claimJobs,
  type SubmitRequest,
} from './claim-jobs.js';
export { diffSchema } from './diff-schema.js';
export { type Answer, type JudgedJob, judgeJob, judgeJobs, type Question } from './judge-jobs.js';
export * from './keep-accounts.js';
export * from './keep-provider.js';
export { type AccountSlots, countQueued, listSlots } from './list-slots.js';
export { type Listener, listen } from './listen.js';
export { makeId } from './make-id.js';
export { DatabaseRefusedError, migrate } from './migrate.js';
export { type Database, openDatabase } from './open-database.js';
export { type Mode, ownDatabase } from './own-database.js';
export { poolConfig } from './pool-config.js';
export type { KeptCallback } from './save-jobs.js';
export { settleInHalves } from './settle-in-halves.js';
export { retryOnce, troubleOf } from './sql-error.js';
export { takeLease } from './take-lease.js';
