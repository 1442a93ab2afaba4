export {
  type Account,
  type AccountList,
  accountListSchema,
  accountSchema,
  type PauseState,
  pauseSchema,
  pauseStateSchema,
  resumeSchema,
} from './account.js';
export {
  ASSET_BYTES_MAX,
  ASSET_MEDIA_TYPES,
  type Asset,
  assetQuerySchema,
  assetSchema,
  type DropInAsset,
  dropInAssetSchema,
} from './asset.js';
export * from './batch.js';
export {
  type CreateTryOn,
  createTryOnSchema,
  NO_GARMENT,
  type ParsedTryOn,
  PRIORITIES,
  type Priority,
  parseCreateTryOn,
} from './create-try-on.js';
export * from './delivery.js';
export {
  DROP_IN_STATUSES,
  type DropInError,
  type DropInStatus,
  type DropInTask,
  type DropInWork,
  dropInErrorSchema,
  dropInTaskSchema,
  parseDropInTryOn,
} from './drop-in.js';
export {
  EVENT_TYPES,
  type Event,
  type EventList,
  type EventType,
  eventListSchema,
  eventSchema,
  STREAM_END,
  type StreamEnd,
  streamEndSchema,
} from './event.js';
export {
  type EventStreamQuery,
  eventListQuerySchema,
  eventStreamQuerySchema,
  LATEST,
  parseLastEventId,
} from './event-query.js';
export { type Issue, type Parsed, parseWith } from './issues.js';
export { moneySchema } from './money.js';
export {
  getQuerySchema,
  imageQuerySchema,
  type ListQuery,
  listQuerySchema,
  noQuerySchema,
  PAGE_LIMIT_DEFAULT,
  PAGE_LIMIT_MAX,
  parseListQuery,
  parseQuery,
  timelineQuerySchema,
  WAIT_SECONDS_MAX,
} from './parse-query.js';
export { PROBLEMS, type Problem, type ProblemCode, problemSchema, problemType } from './problem.js';
export {
  parseAssetId,
  parseBatchId,
  parseDeliveryId,
  parseTryOnId,
  parseWebhookEndpointId,
} from './public-id.js';
export { adoptTryOnSchema, cancelTryOnSchema, retryTryOnSchema } from './retry-try-on.js';
export { type AccountStatus, accountStatusSchema, type Status, statusSchema } from './status.js';
export {
  imageSchema,
  type Timeline,
  type TimelineEntry,
  TRY_ON_STATUSES,
  type TryOn,
  type TryOnList,
  type TryOnStatus,
  timelineEntrySchema,
  timelineSchema,
  tryOnListSchema,
  tryOnSchema,
} from './try-on.js';
export {
  parseUsageQuery,
  USAGE_DAYS_MAX,
  USAGE_GROUPS,
  USAGE_ROWS_MAX,
  type Usage,
  type UsageCounts,
  type UsageGroup,
  type UsageQuery,
  usageQuerySchema,
  usageSchema,
} from './usage.js';
export * from './webhook-endpoint.js';
