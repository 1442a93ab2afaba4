import { type Mode, type PortSetting, parseSettings, settingsFields } from '@catwalk/infra/process';
import { z } from 'zod';

export interface WebhookConfig {
  readonly mode: Mode;
  readonly databaseUrl: string;
  /** Newest first: the first signs, all verify. */
  readonly callbackSecrets: readonly string[];
  readonly host: string;
  readonly port: PortSetting;
  readonly logLevel: string;
}

const { MODE, DATABASE_URL, CALLBACK_SECRET, WEBHOOK_HOST, WEBHOOK_PORT, LOG_LEVEL } = settingsFields;
const schema = z.object({ MODE, DATABASE_URL, CALLBACK_SECRET, WEBHOOK_HOST, WEBHOOK_PORT, LOG_LEVEL });

/** @throws SettingsError naming every setting that is missing or wrong */
export function configFromEnv(env: Readonly<Record<string, string | undefined>>): WebhookConfig {
  const settings = parseSettings(schema, env);
  return {
    mode: settings.MODE,
    databaseUrl: settings.DATABASE_URL,
    callbackSecrets: settings.CALLBACK_SECRET,
    host: settings.WEBHOOK_HOST,
    port: settings.WEBHOOK_PORT,
    logLevel: settings.LOG_LEVEL,
  };
}
