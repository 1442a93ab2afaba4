export { keepArchiveSetting } from './archive-setting.js';
export type { ArchivedImage } from './archived-images.js';
export type { BatchRow, ShownBatchRow } from './batch-row.js';
export type { BatchWaitingGroup } from './batch-waiting.js';

export * from './begin-batch.js';
export { cancelBatchJobs } from './cancel-batch-jobs.js';
export {
  type CarriedDeliveries,
  carryDeliveries,
  carryLostDeliveries,
  countCarriedDeliveries,
  DELIVERIES_LANE,
  releaseDeliveries,
} from './carry-deliveries.js';
export {
  type CarriedJob,
  carriedLanes,
  carryJobs,
  carryLostAgain,
  putBack,
  UNPINNED_LANE,
} from './carry-jobs.js';
export { checkDatabase, type DatabaseCheckOptions } from './check-database.js';
export { chooseAssetAccount } from './choose-asset-account.js';
export { type ClaimedDelivery, claimDeliveries } from './claim-deliveries.js';
export {
  type Claim,
  type ClaimedJob,
  type ClaimSettings,
  claimJobs,
  type SubmitRequest,
} from './claim-jobs.js';
export { type BatchControl, cancelBatch, type OrderedBy, pauseBatch, resumeBatch } from './control-batch.js';
export { COPY_LANE } from './copy-lane.js';
export { countByStatus } from './count-by-status.js';
export { deleteTryOns } from './delete-try-ons.js';
export { diffSchema } from './diff-schema.js';
export { discardAbandoned, discardBatch } from './discard-batch.js';
export { type Dropped, dropOld, hasMoreToDrop } from './drop-old.js';
export { findChangedLine, type RepeatedLine } from './find-changed-line.js';
export * from './find-overdue.js';
export { findOwnTasks } from './find-own-tasks.js';
export { findPicture, noteThumbnail, type PictureRow } from './find-picture.js';
export { findTryOn, findTryOnByNumber, findTryOns, readStatuses, type Viewer } from './find-try-on.js';
export {
  findWebhookEndpoint,
  listWebhookEndpoints,
  type WebhookEndpointPage,
} from './find-webhook-endpoint.js';
export { type FinishedUpload, finishUpload } from './finish-upload.js';
export { type FoldedRound, foldBatches, type MovedBatch } from './fold-batches.js';
export { forgetTurns } from './forget-turns.js';
export { readBatchState, releaseUpload, renewUpload } from './hold-upload.js';
export {
  claimInputChecks,
  forgetInputChecks,
  type InputCheckRow,
  keepInputCheck,
  passInputs,
  readInputChecks,
  type WantedLook,
} from './input-checks.js';
export * from './input-copies.js';
export { findByIdempotencyKey, type InsertedTryOn, insertTryOns, type NewTryOn } from './insert-try-ons.js';
export { type Answer, type JudgedJob, judgeJob, judgeJobs, type Question } from './judge-jobs.js';
export * from './keep-accounts.js';
export { keepAlerts } from './keep-alerts.js';
export * from './keep-assets.js';
export { type DailyCeilings, keepCeilings, setBatchCeiling } from './keep-ceilings.js';
export {
  type ChunkFacts,
  type InvalidLineRow,
  jobBytes,
  jobText,
  keepChunk,
  type NewChunk,
} from './keep-chunk.js';
export { keepCredits } from './keep-credits.js';
export {
  type Pause,
  pauseAccountByPerson,
  pauseEverything,
  readPause,
  resumeAccountByPerson,
  resumeEverything,
} from './keep-pauses.js';
export * from './keep-provider.js';
export * from './keep-webhook-endpoints.js';
export type { KeptCallback } from './kept-callbacks.js';
export { type LeasedPicture, leasePictures } from './lease-pictures.js';
export { lineId } from './line-id.js';
export { type AccountRow, listAccounts } from './list-accounts.js';
export { type BatchPage, listBatches } from './list-batches.js';
export { listBudgets, recountBudgets } from './list-budgets.js';
export { listChunks } from './list-chunks.js';
export { type DeliveryFilter, type DeliveryRow, findDelivery, listDeliveries } from './list-deliveries.js';
export {
  type EventFilter,
  type EventPage,
  type EventRow,
  listEvents,
  readLastPosition,
} from './list-events.js';
export { type KeptInvalidLine, listInvalidLines } from './list-invalid-lines.js';
export { listResultLabels, listResults, type ResultRow, type ResultStatus } from './list-results.js';
export { type AccountSlots, listSlots } from './list-slots.js';
export { listTryOns, type TryOnFilter, type TryOnPage } from './list-try-ons.js';
export { listUnchecked, type UncheckedJob } from './list-unchecked.js';
export { listUncopied, type UncopiedJob } from './list-uncopied.js';
export { type Listener, listen } from './listen.js';
export { lookAtTaskSoon, lookSoon } from './look-soon.js';
export { makeId } from './make-id.js';
export { DatabaseRefusedError, migrate } from './migrate.js';
export { noteAnswering } from './note-answering.js';
export { endSilence, noteSilence } from './note-silence.js';
export { CARRIED, notifyWork } from './notify-work.js';

export { type Database, LOOKS_MAX, openDatabase } from './open-database.js';
export { keepApiOrigin, type Mode, ownDatabase } from './own-database.js';
export { type PicturePosition, pictureKey, thumbnailKey } from './picture-keys.js';
export { poolConfig } from './pool-config.js';
export { type FailedPicture, losePicture, postponePicture, releasePictures } from './postpone-picture.js';
export { type AccountRooms, type PictureLinks, readAccountRooms } from './read-account-rooms.js';
export { findBatch, findBatches, findShownBatch } from './read-batch.js';

export { type CallbackHealth, keepCallbackSettings, readCallbackHealth } from './read-callback-health.js';
export { readTaskSeconds } from './read-task-seconds.js';
export { readTimeline, type TimelinePosition, type TimelineRow } from './read-timeline.js';
export * from './read-usage.js';
export { insertTestDelivery, redeliverOne, redeliverSince } from './redeliver.js';
export { type CopiedInputs, releaseCopied } from './release-copied.js';
export { type RememberedRooms, rememberRooms } from './remember-rooms.js';
export { type RetriedBatch, retryFailed } from './retry-failed.js';
export { type DeliveryOutcome, type DisabledEndpoint, saveDeliveries } from './save-deliveries.js';
export { type SavedPicture, savePicture } from './save-picture.js';
export { keepSearch, keepSwept, listSearched, type SearchRow } from './search-evidence.js';
export { SEQUENCED_MAX, sequenceEvents } from './sequence-events.js';
export { setBatchPriority } from './set-batch-priority.js';
export { settleInHalves } from './settle-in-halves.js';
export { isPostgresAway, retryOnce, troubleOf } from './sql-error.js';
export {
  deleteAssets,
  listRemovedAssets,
  type SweepOptions,
  type SweepPlace,
  sweepAssets,
} from './sweep-assets.js';
export { noteAlive, shortenLease, takeLease } from './take-lease.js';
export { noteRemovals, takeRemovals } from './take-removals.js';
export * from './task-owners.js';
export { type NewEvent, tellEvents } from './tell-events.js';
export { tidyDeliveries } from './tidy-deliveries.js';
export type { TryOnRow } from './try-on-row.js';
export * from './watch-attempts.js';
export type { WebhookEndpointRow } from './webhook-endpoint-row.js';
