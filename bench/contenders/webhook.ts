import { configFromEnv, contextFromConfig, createWebhook } from '@catwalk/webhook';

/** The webhook app as it is: kept raw, matched, applied, committed, then answered. */
export async function serveWebhook() {
  const app = createWebhook(await contextFromConfig(configFromEnv(process.env)));
  const { port } = await app.start();
  return { port, close: () => app.close() };
}
