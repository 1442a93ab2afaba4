import {
  type Mode,
  type PicturePlace,
  type PortSetting,
  parseSettings,
  picturePlace,
  settingsFields,
} from '@catwalk/infra/process';
import { z } from 'zod';

export interface WebhookConfig {
  readonly mode: Mode;
  readonly databaseUrl: string;
  /** Newest first: the first signs, all verify. */
  readonly callbackSecrets: readonly string[];
  readonly host: string;
  readonly port: PortSetting;
  /** Where assets are kept. */
  readonly pictures: PicturePlace;
  readonly logLevel: string;
}

const { MODE, DATABASE_URL, CALLBACK_SECRET, WEBHOOK_HOST, WEBHOOK_PORT, LOG_LEVEL } = settingsFields;
const { CATWALK_HOME, ARCHIVE_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = settingsFields;
const pictureSettings = { CATWALK_HOME, ARCHIVE_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION };
const ownSettings = { MODE, DATABASE_URL, CALLBACK_SECRET, WEBHOOK_HOST, WEBHOOK_PORT, LOG_LEVEL };
const schema = z.object({ ...ownSettings, ...pictureSettings });

/** @throws SettingsError naming every setting that is missing or wrong */
export function configFromEnv(env: Readonly<Record<string, string | undefined>>): WebhookConfig {
  const settings = parseSettings(schema, env);
  return {
    mode: settings.MODE,
    databaseUrl: settings.DATABASE_URL,
    callbackSecrets: settings.CALLBACK_SECRET,
    host: settings.WEBHOOK_HOST,
    port: settings.WEBHOOK_PORT,
    pictures: picturePlace(settings),
    logLevel: settings.LOG_LEVEL,
  };
}
