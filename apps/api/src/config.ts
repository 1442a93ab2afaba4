import {
  apiKeysRule,
  awsKeyRule,
  baseUrlRule,
  distinctKeysRule,
  type ImagePrice,
  type Mode,
  type NamedKey,
  ownOrigins,
  type PicturePlace,
  type PortSetting,
  parseSettings,
  picturePlace,
  providerPlace,
  publicWebhookUrl,
  settingsFields,
} from '@catwalk/infra/process';
import { z } from 'zod';

export interface ApiConfig {
  readonly mode: Mode;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly host: string;
  readonly port: PortSetting;
  /** Origin of the links we hand out; unset, links are relative. */
  readonly publicApiUrl: string | undefined;
  /** Where the provider reaches the webhook app, which shows it assets; null: nowhere. */
  readonly publicWebhookUrl: string | null;
  /** The provider, for assets that it is to keep; null: we have no token for it. */
  readonly provider: { readonly baseUrl: string; readonly token: string } | null;
  /** Whether clients may name private and loopback addresses. */
  readonly allowPrivateAddresses: boolean;
  /** Where Catwalk's own parts answer in the sandbox, whose addresses a client may always name. */
  readonly ownOrigins: readonly string[];
  readonly apiKeys: readonly NamedKey[];
  readonly adminKeys: readonly NamedKey[];
  /** What one image costs; decides nothing. */
  readonly imagePrice: ImagePrice | null;
  /** Where pictures are kept. */
  readonly pictures: PicturePlace;
  readonly logLevel: string;
}

const schema = z.object({
  MODE: settingsFields.MODE,
  DATABASE_URL: settingsFields.DATABASE_URL,
  REDIS_URL: settingsFields.REDIS_URL,
  API_HOST: settingsFields.API_HOST,
  API_PORT: settingsFields.API_PORT,
  PUBLIC_API_URL: settingsFields.PUBLIC_API_URL,
  PUBLIC_WEBHOOK_URL: settingsFields.PUBLIC_WEBHOOK_URL,
  USEAPI_BASE_URL: settingsFields.USEAPI_BASE_URL,
  USEAPI_TOKEN: settingsFields.USEAPI_TOKEN,
  WEBHOOK_HOST: settingsFields.WEBHOOK_HOST,
  WEBHOOK_PORT: settingsFields.WEBHOOK_PORT,
  SIMULATOR_PORT: settingsFields.SIMULATOR_PORT,
  ALLOW_PRIVATE_ADDRESSES: settingsFields.ALLOW_PRIVATE_ADDRESSES,
  API_KEYS: settingsFields.API_KEYS,
  ADMIN_KEYS: settingsFields.ADMIN_KEYS,
  IMAGE_PRICE: settingsFields.IMAGE_PRICE,
  CATWALK_HOME: settingsFields.CATWALK_HOME,
  ARCHIVE_URL: settingsFields.ARCHIVE_URL,
  AWS_ACCESS_KEY_ID: settingsFields.AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY: settingsFields.AWS_SECRET_ACCESS_KEY,
  AWS_REGION: settingsFields.AWS_REGION,
  LOG_LEVEL: settingsFields.LOG_LEVEL,
});

/**
 * The API's settings from the environment.
 *
 * @throws SettingsError with every problem
 */
export function configFromEnv(env: Readonly<Record<string, string | undefined>>): ApiConfig {
  const settings = parseSettings(schema, env, [apiKeysRule, distinctKeysRule, baseUrlRule, awsKeyRule]);
  const { baseUrl, token } = providerPlace(settings);
  return {
    mode: settings.MODE,
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    host: settings.API_HOST,
    port: settings.API_PORT,
    publicApiUrl: settings.PUBLIC_API_URL,
    publicWebhookUrl: publicWebhookUrl(settings),
    provider: token === null ? null : { baseUrl, token },
    allowPrivateAddresses: settings.ALLOW_PRIVATE_ADDRESSES,
    ownOrigins: ownOrigins(settings),
    apiKeys: settings.API_KEYS,
    adminKeys: settings.ADMIN_KEYS,
    imagePrice: settings.IMAGE_PRICE ?? null,
    pictures: picturePlace(settings),
    logLevel: settings.LOG_LEVEL,
  };
}
