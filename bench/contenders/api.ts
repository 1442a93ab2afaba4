import { configFromEnv, contextFromConfig, createApi } from '@catwalk/api';

/** The API as it is: parsed, judged, stored durably, then answered; jobs are carried into their lanes. */
export async function serveApi() {
  const api = createApi(contextFromConfig(configFromEnv(process.env)));
  const { port } = await api.start();
  const report = () => ({ peakMb: process.resourceUsage().maxRSS / 1_024 });
  return { port, report, close: () => api.close() };
}
