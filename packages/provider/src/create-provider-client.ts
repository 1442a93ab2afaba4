import type {
  ListedTask,
  LookOutcome,
  ProviderAccount,
  ScheduledTask,
  SubmitOutcome,
  TaskReport,
} from '@catwalk/core';
import { askProvider, type ProviderRequest } from './ask-provider.js';
import { classifySubmit } from './classify-submit.js';
import { type AssetUpload, classifyUpload } from './classify-upload.js';
import { createScrubber } from './create-scrubber.js';
import { look } from './look.js';
import { type AccountDetail, parseAccount, parseAccounts } from './parse-accounts.js';
import { parseScheduler, parseSchedulerAvailability, type SchedulerAvailability } from './parse-scheduler.js';
import { parseTaskListing } from './parse-task-listing.js';
import { parseTaskReport } from './parse-task-report.js';
import { type Exchange, redactExchange } from './redact-exchange.js';
import { scrubOutcome, scrubReport } from './scrub-outcome.js';
import { type SubmitRequest, submitBody } from './submit-request.js';

export interface ProviderClientOptions {
  /** Origin, with an optional path prefix; `/v1/kling/…` is appended. */
  readonly baseUrl: string;
  readonly token: string;
  /** For the whole exchange of a submit, its body included. */
  readonly submitTimeoutMs: number;
  /** For the whole exchange of a reading request; 10 seconds unless told. */
  readonly readTimeoutMs?: number;
  /** For the whole exchange of a picture that is handed on; 60 seconds unless told. */
  readonly uploadTimeoutMs?: number;
  /** Node's own unless told. */
  readonly fetch?: typeof fetch;
}

/** The provider's API as Catwalk uses it. No method throws, repeats a request or follows a redirect. */
export interface ProviderClient {
  /**
   * Starts one task, which is billed. `exchange` is the redacted record for the timeline. `mayLeave` is asked in
   * the moment before the request leaves; without it, it does.
   */
  submit(
    request: SubmitRequest,
    mayLeave?: () => boolean,
  ): Promise<{ outcome: SubmitOutcome; exchange: Exchange }>;
  /** One task of the account. */
  task(taskId: string, email: string): Promise<LookOutcome<TaskReport>>;
  /**
   * One page of the account's tasks created after or before a time (milliseconds since 1970). `full` compares
   * with the size asked for: a provider that makes shorter pages by itself is not noticed by it.
   */
  tasks(page: TaskPage): Promise<LookOutcome<{ tasks: readonly ListedTask[]; full: boolean }>>;
  /** The running tasks of all accounts. */
  scheduler(): Promise<LookOutcome<readonly ScheduledTask[]>>;
  /** The running tasks and the free slots of all accounts. */
  schedulerAvailable(): Promise<LookOutcome<SchedulerAvailability>>;
  /** The configured accounts; none is an answer too. */
  accounts(): Promise<LookOutcome<readonly ProviderAccount[]>>;
  /** One configured account, with what is left on it. */
  account(email: string): Promise<LookOutcome<AccountDetail>>;
  /** Hands a picture on to the account's own storage. Nothing is billed: it may be repeated. */
  uploadAsset(email: string, picture: Picture): Promise<AssetUpload>;
}

interface Picture {
  readonly bytes: Buffer;
  readonly contentType: 'image/png' | 'image/jpeg';
}

/** A page from one end or the other: the provider takes only one of the two bounds at a time. */
export type TaskPage = {
  readonly email: string;
  readonly pageSize: number;
} & (
  | { readonly createdAfterMs: number; readonly createdBeforeMs?: never }
  | { readonly createdBeforeMs: number; readonly createdAfterMs?: never }
);

type Ask = (
  path: string,
  body?: Record<string, string | number>,
) => ProviderRequest & { readonly path: string };

const SUBMIT_PATH = '/v1/kling/images/virtual-try-on';
const READ_TIMEOUT_MS = 10_000;
const UPLOAD_TIMEOUT_MS = 60_000;

/**
 * A client for useapi.net's Kling API v1.
 *
 * @throws Error when the token cannot be sent in a header; its message does not show it.
 */
export function createProviderClient(options: ProviderClientOptions): ProviderClient {
  if (!/^[\x21-\x7e]+$/.test(options.token))
    throw new Error('The provider token is empty or has characters that a header cannot carry');
  const ask = askWith(options);
  const scrub = createScrubber(options.token, null);
  return {
    submit: (request, mayLeave = () => true) =>
      submit(request, { ...ask(SUBMIT_PATH, submitBody(request)), mayLeave }),
    task: async (taskId, email) =>
      scrubReport(await look(ask(taskPath(taskId, email)), parseTaskReport, scrub), scrub),
    tasks: (page) => look(ask(listingPath(page)), (text) => parseTaskListing(text, page.pageSize), scrub),
    scheduler: () => look(ask('/v1/kling/scheduler'), parseScheduler, scrub),
    schedulerAvailable: () => look(ask('/v1/kling/scheduler/available'), parseSchedulerAvailability, scrub),
    account: (email) => look(ask(`/v1/kling/accounts/${encodeURIComponent(email)}`), parseAccount, scrub),
    accounts: async () => noneIsEmpty(await look(ask('/v1/kling/accounts'), parseAccounts, scrub)),
    uploadAsset: async (email, { bytes, contentType }) => {
      const asked = ask(`/v1/kling/assets?${new URLSearchParams({ email })}`);
      const timeoutMs = options.uploadTimeoutMs ?? UPLOAD_TIMEOUT_MS;
      // The bytes lie in a memory of their own, as fetch asks for.
      const file = { bytes: new Uint8Array(bytes), contentType };
      return classifyUpload(await askProvider({ ...asked, method: 'POST', file, timeoutMs }), scrub);
    },
  };
}

function askWith(options: ProviderClientOptions): Ask {
  const base = options.baseUrl.replace(/\/+$/, '');
  const readTimeoutMs = options.readTimeoutMs ?? READ_TIMEOUT_MS;
  return (path, body) => ({
    method: body === undefined ? 'GET' : 'POST',
    path,
    url: `${base}${path}`,
    token: options.token,
    body: body ?? null,
    timeoutMs: body === undefined ? readTimeoutMs : options.submitTimeoutMs,
    fetch: options.fetch ?? fetch,
  });
}

async function submit(
  request: SubmitRequest,
  asked: ReturnType<Ask>,
): Promise<{ outcome: SubmitOutcome; exchange: Exchange }> {
  const startedMs = performance.now();
  const reply = await askProvider(asked);
  const durationMs = Math.round(performance.now() - startedMs);
  const scrub = createScrubber(asked.token, request.replyUrl);
  const sent = { method: asked.method, path: asked.path, request: submitBody(request) };
  return {
    outcome: scrubOutcome(classifySubmit(reply), scrub),
    exchange: redactExchange(sent, reply, durationMs, scrub),
  };
}

function taskPath(taskId: string, email: string): string {
  return `/v1/kling/tasks/${encodeURIComponent(taskId)}?${new URLSearchParams({ email })}`;
}

/** All content types: how a task without works yet would be filtered is not documented. */
function listingPath(page: TaskPage): string {
  const bound =
    page.createdAfterMs === undefined
      ? { createdBefore: String(Math.floor(page.createdBeforeMs)) }
      : { createdAfter: String(Math.floor(page.createdAfterMs)) };
  const query = new URLSearchParams({ email: page.email, ...bound, pageSize: String(page.pageSize) });
  return `/v1/kling/tasks?${query}`;
}

function noneIsEmpty(outcome: LookOutcome<ProviderAccount[]>): LookOutcome<readonly ProviderAccount[]> {
  if (outcome.kind !== 'not-found') return outcome;
  return { kind: 'answered', value: [], status: outcome.status, dateHeader: null };
}
