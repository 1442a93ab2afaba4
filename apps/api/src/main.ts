import { DatabaseRefusedError } from '@catwalk/infra/postgres';
import { PortTakenError, SettingsError, stopOnSignals } from '@catwalk/infra/process';
import { configFromEnv } from './config.js';
import { contextFromConfig } from './context.js';
import { createApi } from './create-api.js';

/** Mistakes of an operator are told in their own words; everything else with its stack. */
const TOLD = [SettingsError, PortTakenError, DatabaseRefusedError];

async function main(): Promise<void> {
  const context = contextFromConfig(configFromEnv(process.env));
  const api = createApi(context);
  stopOnSignals({
    stop: () => api.close(),
    onError: (err) => context.logger.error({ err }, 'api.stop-failed'),
  });
  const { url } = await api.start();
  context.logger.info({ url, mode: context.config.mode }, 'api.started');
}

main().catch((error: unknown) => {
  console.error(TOLD.some((kind) => error instanceof kind) ? (error as Error).message : error);
  process.exit(1);
});
