import type { InputDepth } from '@catwalk/core';
import type { DailyCeilings } from '@catwalk/infra/postgres';
import {
  type AccountLimit,
  awsKeyRule,
  baseUrlRule,
  type ImagePrice,
  type Mode,
  ownOrigins,
  type PicturePlace,
  parseSettings,
  picturePlace,
  providerPlace,
  publicWebhookUrl,
  settingsFields,
  tokenRule,
  webhookUrlRule,
} from '@catwalk/infra/process';
import { z } from 'zod';

export interface WorkerConfig {
  readonly mode: Mode;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly provider: { readonly baseUrl: string; readonly token: string };
  /** The accounts to use with their limits; null: every account the provider lists. */
  readonly accounts: readonly AccountLimit[] | null;
  /** How many images may be submitted in a UTC day. */
  readonly ceilings: DailyCeilings;
  /** Where the provider reaches the webhook app; null: results are found by polling. */
  readonly publicWebhookUrl: string | null;
  readonly callbackSecrets: readonly string[];
  readonly allowPrivateAddresses: boolean;
  /** Where people are told what they should know of at once; null: nowhere. A secret in itself. */
  readonly alertUrl: string | null;
  /** What one image costs; decides nothing. */
  readonly imagePrice: ImagePrice | null;
  /** Where Catwalk's own parts answer in the sandbox: images may always lie there. */
  readonly ownOrigins: readonly string[];
  /** How closely input images are looked at before a slot is used. */
  readonly inputCheck: InputDepth | 'off';
  readonly archive: ArchiveConfig;
  /** After how many days what is over goes; null: never. */
  readonly retentionDays: number | null;
  readonly waits: WorkerWaits;
  readonly submitAttemptsMax: number;
  readonly logLevel: string;
}

interface ArchiveConfig {
  /** Whether pictures of results are archived. */
  readonly on: boolean;
  readonly place: PicturePlace;
  /** How long a picture is tried before it is given up; every rest between tries derives from it. */
  readonly deadlineMs: number;
}

/** Every wait of the worker, in milliseconds. */
interface WorkerWaits {
  readonly submitTimeoutMs: number;
  readonly callbackGraceMs: number;
  readonly pollIntervalMs: number;
  readonly unconfirmedGraceMs: number;
  readonly jobDeadlineMs: number;
  readonly rescueIntervalMs: number;
  readonly accountRetryMs: number;
}

const fields = settingsFields;
const schema = z.object({
  MODE: fields.MODE,
  DATABASE_URL: fields.DATABASE_URL,
  REDIS_URL: fields.REDIS_URL,
  USEAPI_TOKEN: fields.USEAPI_TOKEN,
  USEAPI_BASE_URL: fields.USEAPI_BASE_URL,
  USEAPI_ACCOUNTS: fields.USEAPI_ACCOUNTS,
  DAILY_IMAGE_LIMIT: fields.DAILY_IMAGE_LIMIT,
  CLIENT_DAILY_IMAGE_LIMITS: fields.CLIENT_DAILY_IMAGE_LIMITS,
  PUBLIC_WEBHOOK_URL: fields.PUBLIC_WEBHOOK_URL,
  PUBLIC_API_URL: fields.PUBLIC_API_URL,
  API_HOST: fields.API_HOST,
  API_PORT: fields.API_PORT,
  CALLBACK_SECRET: fields.CALLBACK_SECRET,
  SIMULATOR_PORT: fields.SIMULATOR_PORT,
  WEBHOOK_HOST: fields.WEBHOOK_HOST,
  WEBHOOK_PORT: fields.WEBHOOK_PORT,
  SUBMIT_TIMEOUT_MS: fields.SUBMIT_TIMEOUT_MS,
  CALLBACK_GRACE_MS: fields.CALLBACK_GRACE_MS,
  POLL_INTERVAL_MS: fields.POLL_INTERVAL_MS,
  UNCONFIRMED_GRACE_MS: fields.UNCONFIRMED_GRACE_MS,
  JOB_DEADLINE_MS: fields.JOB_DEADLINE_MS,
  RESCUE_INTERVAL_MS: fields.RESCUE_INTERVAL_MS,
  ACCOUNT_RETRY_MS: fields.ACCOUNT_RETRY_MS,
  SUBMIT_ATTEMPTS_MAX: fields.SUBMIT_ATTEMPTS_MAX,
  ALLOW_PRIVATE_ADDRESSES: fields.ALLOW_PRIVATE_ADDRESSES,
  ALERT_URL: fields.ALERT_URL,
  IMAGE_PRICE: fields.IMAGE_PRICE,
  INPUT_CHECK: fields.INPUT_CHECK,
  CATWALK_HOME: fields.CATWALK_HOME,
  ARCHIVE_URL: fields.ARCHIVE_URL,
  ARCHIVE_DEADLINE_MS: fields.ARCHIVE_DEADLINE_MS,
  AWS_ACCESS_KEY_ID: fields.AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY: fields.AWS_SECRET_ACCESS_KEY,
  AWS_REGION: fields.AWS_REGION,
  RETENTION_DAYS: fields.RETENTION_DAYS,
  LOG_LEVEL: fields.LOG_LEVEL,
});

/** @throws SettingsError naming every setting that is missing or wrong */
export function configFromEnv(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const settings = parseSettings(schema, env, [tokenRule, baseUrlRule, webhookUrlRule, awsKeyRule]);
  const sandbox = settings.MODE === 'sandbox';
  const { baseUrl, token } = providerPlace(settings);
  return {
    mode: settings.MODE,
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL ?? null,
    provider: { baseUrl, token: token ?? '' },
    accounts: settings.USEAPI_ACCOUNTS ?? null,
    ceilings: {
      all: dailyLimit(settings.MODE, settings.DAILY_IMAGE_LIMIT),
      clients: settings.CLIENT_DAILY_IMAGE_LIMITS,
    },
    publicWebhookUrl: publicWebhookUrl(settings),
    callbackSecrets: settings.CALLBACK_SECRET,
    allowPrivateAddresses: settings.ALLOW_PRIVATE_ADDRESSES,
    alertUrl: settings.ALERT_URL ?? null,
    imagePrice: settings.IMAGE_PRICE ?? null,
    ownOrigins: ownOrigins(settings),
    inputCheck: settings.INPUT_CHECK ?? (sandbox ? 'off' : 'head'),
    archive: {
      on: settings.ARCHIVE_URL?.kind !== 'off',
      place: picturePlace(settings),
      deadlineMs: settings.ARCHIVE_DEADLINE_MS,
    },
    retentionDays: settings.RETENTION_DAYS,
    waits: {
      submitTimeoutMs: settings.SUBMIT_TIMEOUT_MS,
      callbackGraceMs: settings.CALLBACK_GRACE_MS,
      pollIntervalMs: settings.POLL_INTERVAL_MS,
      unconfirmedGraceMs: settings.UNCONFIRMED_GRACE_MS,
      jobDeadlineMs: settings.JOB_DEADLINE_MS,
      rescueIntervalMs: settings.RESCUE_INTERVAL_MS,
      accountRetryMs: settings.ACCOUNT_RETRY_MS,
    },
    submitAttemptsMax: settings.SUBMIT_ATTEMPTS_MAX,
    logLevel: settings.LOG_LEVEL,
  };
}

/** A mistake must not spend without end: in live there is a limit unless it is lifted by name. */
const LIVE_DAILY_LIMIT = 200;

function dailyLimit(mode: Mode, limit: number | 'none' | undefined): number | null {
  const chosen = limit ?? (mode === 'live' ? LIVE_DAILY_LIMIT : 'none');
  return chosen === 'none' ? null : chosen;
}
