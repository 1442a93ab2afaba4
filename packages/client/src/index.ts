export type {
  Account,
  Asset,
  Batch,
  BatchDryRun,
  BatchFormat,
  BatchResult,
  BatchState,
  Delivery,
  DeliveryState,
  Event,
  EventList,
  EventType,
  InvalidLine,
  PauseState,
  ProblemCode,
  Redelivery,
  RetryFailed,
  Status,
  TimelineEntry,
  TryOn,
  TryOnStatus,
  Usage,
  WebhookEndpoint,
  WebhookEndpointWithSecret,
} from '@catwalk/contract';
export type { Accounts, PauseOptions } from './accounts.js';
export type { AssetInput, AssetOptions, Assets } from './assets.js';
export type { BatchDocument, BatchInput, BatchPart, BatchParts } from './batch-input.js';
export type { Batches, BatchFilter, BatchOptions } from './batches.js';
export { type Catwalk, type CatwalkOptions, createCatwalk, type UsageFilter } from './create-catwalk.js';
export type { Deliveries, DeliveryFilter, EndpointDeliveryFilter } from './deliveries.js';
export {
  ApiError,
  CatwalkError,
  ConnectionError,
  type Refusal,
  TimeoutError,
  UnexpectedAnswerError,
} from './errors.js';
export type { EventFilter, EventListOptions, EventPages, Events, FollowOptions } from './events.js';
export type { BatchDefaults, Garment, NewTryOn, Person } from './new-try-on.js';
export type { ListOptions, Page, Pages } from './pages.js';
export type { ResultsOptions } from './read-results.js';
export type { CallOptions, CreateOptions } from './request.js';
export type { Fetch } from './send-once.js';
export type { ImageOption, TryOnFilter, TryOns, WaitOption } from './try-ons.js';
export type { BatchWaitOptions } from './wait-for-batch.js';
export type {
  NewWebhookEndpoint,
  RedeliverOptions,
  WebhookEndpointChange,
  WebhookEndpoints,
} from './webhook-endpoints.js';
