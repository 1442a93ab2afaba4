import { monitorEventLoopDelay } from 'node:perf_hooks';
import { configFromEnv, contextFromConfig, createApi } from '@catwalk/api';

/** Of the process so far, and for how long its event loop was held since the last report. */
export interface ApiReport {
  readonly peakMb: number;
  readonly heldMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** How often the event loop is looked at. */
const RESOLUTION_MS = 5;

/** The API as it is: parsed, judged, stored durably, then answered; jobs are carried into their lanes. */
export async function serveApi() {
  const api = createApi(contextFromConfig(configFromEnv(process.env)));
  const { port } = await api.start();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const report = (): ApiReport => {
    // What is measured is the time between two looks.
    const ms = (ns: number) => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    const heldMs = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
    delay.reset();
    return { peakMb: process.resourceUsage().maxRSS / 1_024, heldMs };
  };
  return { port, report, close: () => api.close() };
}
