import { configFromEnv, contextFromConfig, createWorker } from '@catwalk/worker';

/** The worker as it is. It listens nowhere. */
export async function serveWorker() {
  const worker = createWorker(await contextFromConfig(configFromEnv(process.env)));
  await worker.start();
  return { port: 0, close: () => worker.close() };
}
