import type { Env } from './config.js';

/** A default port that leaves alone the one that was set for a part, which may start later. */
export function giveWay(defaultPort: number, env: Env): number {
  const wanted = [env.API_PORT, env.WEBHOOK_PORT, env.SIMULATOR_PORT].map((port) => Number(port ?? 0));
  return wanted.includes(defaultPort) ? giveWay(defaultPort + 1, env) : defaultPort;
}
