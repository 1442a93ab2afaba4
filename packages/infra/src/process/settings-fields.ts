import { z } from 'zod';
import { accountsSetting, keysSetting, secretsSetting } from './credential-settings.js';
import { archiveSetting } from './picture-settings.js';
import {
  millisSetting,
  originSetting,
  portSetting,
  serverUrlSetting,
  switchSetting,
  wholeNumberSetting,
} from './setting-types.js';
import { clientLimitsSetting, imageLimitSetting, priceSetting } from './spend-settings.js';

/**
 * Every setting of Catwalk, by its name in the environment. An app's `config.ts` picks what it needs; what a
 * setting means stands in docs/settings.md.
 */
export const settingsFields = {
  MODE: z.enum(['sandbox', 'live'], 'must be sandbox or live'),
  CATWALK_HOME: z.string().default('.catwalk'),
  DATABASE_URL: serverUrlSetting('postgres:', 'postgresql:'),
  REDIS_URL: serverUrlSetting('redis:', 'rediss:').optional(),
  USEAPI_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one word of printable ASCII')
    .optional(),
  USEAPI_BASE_URL: originSetting().optional(),
  USEAPI_ACCOUNTS: accountsSetting().optional(),
  PUBLIC_WEBHOOK_URL: originSetting({ path: true }).optional(),
  PUBLIC_API_URL: originSetting({ path: true }).optional(),
  CALLBACK_SECRET: secretsSetting(),
  API_KEYS: keysSetting().default([]),
  ADMIN_KEYS: keysSetting().default([]),
  API_HOST: z.string().default('127.0.0.1'),
  WEBHOOK_HOST: z.string().default('127.0.0.1'),
  API_PORT: portSetting(4310),
  WEBHOOK_PORT: portSetting(4311),
  SIMULATOR_PORT: portSetting(4312),
  SUBMIT_TIMEOUT_MS: millisSetting(30_000),
  CALLBACK_GRACE_MS: millisSetting(60_000),
  POLL_INTERVAL_MS: millisSetting(15_000),
  UNCONFIRMED_GRACE_MS: millisSetting(120_000),
  JOB_DEADLINE_MS: millisSetting(1_800_000),
  RESCUE_INTERVAL_MS: millisSetting(5_000),
  SUBMIT_ATTEMPTS_MAX: wholeNumberSetting(5, 1, 1_000),
  ACCOUNT_RETRY_MS: millisSetting(300_000),
  DAILY_IMAGE_LIMIT: imageLimitSetting().optional(),
  CLIENT_DAILY_IMAGE_LIMITS: clientLimitsSetting().default(new Map()),
  ALERT_URL: serverUrlSetting('http:', 'https:').optional(),
  IMAGE_PRICE: priceSetting().optional(),
  ALLOW_PRIVATE_ADDRESSES: switchSetting(false),
  INPUT_CHECK: z.enum(['head', 'full', 'off'], 'must be head, full or off').optional(),
  ARCHIVE_URL: archiveSetting().optional(),
  ARCHIVE_DEADLINE_MS: millisSetting(86_400_000),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'must be a region, such as eu-central-1')
    .optional(),
  RETENTION_DAYS: wholeNumberSetting(0, 1, 36_500, 'days').transform((days) => (days === 0 ? null : days)),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'must be a pino level')
    .default('info'),
} as const;

export type Mode = 'sandbox' | 'live';
