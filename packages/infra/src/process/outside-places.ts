import { hostInUrl } from './serve.js';
import type { PortSetting } from './setting-types.js';
import type { Mode } from './settings-fields.js';

interface WebhookSettings {
  readonly MODE: Mode;
  readonly PUBLIC_WEBHOOK_URL?: string | undefined;
  readonly WEBHOOK_HOST: string;
  readonly WEBHOOK_PORT: PortSetting;
}

/** Where the provider reaches the webhook app: in the sandbox on this machine, in live only where that is said. */
export function publicWebhookUrl(settings: WebhookSettings): string | null {
  const local = settings.MODE === 'sandbox' ? localUrl(settings.WEBHOOK_HOST, settings.WEBHOOK_PORT) : null;
  return settings.PUBLIC_WEBHOOK_URL ?? local;
}

interface ProviderSettings {
  readonly MODE: Mode;
  readonly USEAPI_TOKEN?: string | undefined;
  readonly USEAPI_BASE_URL?: string | undefined;
  readonly SIMULATOR_PORT: PortSetting;
}

/** The simulator takes any token; a real one never leaves in the sandbox, wherever the requests go. */
const SANDBOX_TOKEN = 'sandbox';

/** Where the provider is, and the token for it; the token is null where live has none. */
export function providerPlace(settings: ProviderSettings): {
  readonly baseUrl: string;
  readonly token: string | null;
} {
  const isSandbox = settings.MODE === 'sandbox';
  const usual = isSandbox ? localUrl('127.0.0.1', settings.SIMULATOR_PORT) : 'https://api.useapi.net';
  return {
    baseUrl: settings.USEAPI_BASE_URL ?? usual,
    token: isSandbox ? SANDBOX_TOKEN : (settings.USEAPI_TOKEN ?? null),
  };
}

function localUrl(host: string, { port }: PortSetting): string {
  return `http://${hostInUrl(host)}:${port}`;
}
