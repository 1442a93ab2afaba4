import {
  type PauseState,
  pauseStateSchema,
  type Status,
  statusSchema,
  type Usage,
  type UsageGroup,
  usageSchema,
} from '@catwalk/contract';
import { type Accounts, createAccounts, type PauseOptions } from './accounts.js';
import { parseBaseUrl } from './address.js';
import { type Assets, createAssets } from './assets.js';
import { type Batches, createBatches } from './batches.js';
import { createSender, type SenderOptions } from './create-sender.js';
import { createDeliveries, type Deliveries } from './deliveries.js';
import { CatwalkError } from './errors.js';
import { createEvents, type Events } from './events.js';
import type { CallOptions } from './request.js';
import { jsonBody } from './request-body.js';
import type { Fetch } from './send-once.js';
import { createTryOns, type TryOns } from './try-ons.js';
import { createWebhookEndpoints, type WebhookEndpoints } from './webhook-endpoints.js';

export interface CatwalkOptions {
  /** The API's origin; a path prefix is allowed. */
  readonly baseUrl: string;
  /** Not needed in a sandbox without keys. */
  readonly apiKey?: string | undefined;
  /** Instead of the platform's own `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** How long each try of a request may take, in milliseconds; 30,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** How often what is safe to repeat is sent again, after the first time; 5 unless told. */
  readonly maxRetries?: number | undefined;
}

/** Which usage to sum up. */
export interface UsageFilter {
  /** Inclusive; 30 days before `to` if absent. */
  readonly from?: Date | string | undefined;
  /** Exclusive; the end of this UTC day if absent. */
  readonly to?: Date | string | undefined;
  readonly by?: readonly UsageGroup[] | undefined;
}

/** The API of one installation. */
export interface Catwalk {
  readonly tryOns: TryOns;
  readonly batches: Batches;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly deliveries: Deliveries;
  readonly events: Events;
  readonly assets: Assets;
  /** For admin keys. */
  readonly accounts: Accounts;
  usage(filter?: UsageFilter & CallOptions): Promise<Usage>;
  status(options?: CallOptions): Promise<Status>;
  /** Pauses everything: nothing is submitted until a person resumes. For admin keys. */
  pause(options?: PauseOptions): Promise<PauseState>;
  /** Resumes everything; accounts that are paused stay so. For admin keys. */
  resume(options?: CallOptions): Promise<PauseState>;
}

const TIMEOUT_MS = 30_000;
const MAX_RETRIES = 5;

/**
 * The client of one Catwalk installation. Nothing is sent before it is asked for something.
 *
 * @throws CatwalkError for a base URL or a key that cannot be used; its message does not show the key.
 */
export function createCatwalk(options: CatwalkOptions): Catwalk {
  const sender = createSender(parseOptions(options));
  return {
    tryOns: createTryOns(sender),
    batches: createBatches(sender),
    webhookEndpoints: createWebhookEndpoints(sender),
    deliveries: createDeliveries(sender),
    events: createEvents(sender),
    assets: createAssets(sender),
    accounts: createAccounts(sender),
    usage: async ({ from, to, by, ...call } = {}) => {
      const query = { from, to, by };
      return sender.send({ ...call, method: 'GET', path: '/v1/usage', query }, usageSchema);
    },
    status: async (call = {}) => sender.send({ ...call, method: 'GET', path: '/v1/status' }, statusSchema),
    pause: async ({ reason, ...call } = {}) =>
      sender.send(
        { ...call, method: 'POST', path: '/v1/pause', body: jsonBody({ reason }) },
        pauseStateSchema,
      ),
    resume: async (call = {}) =>
      sender.send({ ...call, method: 'POST', path: '/v1/resume', body: jsonBody({}) }, pauseStateSchema),
  };
}

function parseOptions(options: CatwalkOptions): SenderOptions {
  const { apiKey, timeoutMs = TIMEOUT_MS, maxRetries = MAX_RETRIES } = options;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw new CatwalkError('apiKey is empty or has characters that a header cannot carry');
  return {
    baseUrl: parseBaseUrl(options.baseUrl),
    apiKey,
    // Called by its global name: detached from it, browsers refuse.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    timeoutMs,
    maxRetries,
  };
}
