import type { SettingProblem } from '@catwalk/infra/process';
import type { Env } from './config.js';

const PARTS = [
  { port: 'API_PORT', host: 'API_HOST' },
  { port: 'WEBHOOK_PORT', host: 'WEBHOOK_HOST' },
  { port: 'SIMULATOR_PORT', host: null },
] as const;
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** Ports that were set for two parts of this process: the second to start would find it taken, by the first. */
export function judgePorts(env: Env): SettingProblem[] {
  const places = PARTS.map(({ port, host }) => ({
    name: port,
    // 0 is any free one, and what is not set gives way.
    port: Number(env[port] ?? 0),
    host: (host === null ? '' : env[host]?.trim()) || '127.0.0.1',
  })).filter(({ port }) => port > 0);
  return places.flatMap((place, index) =>
    places
      .slice(0, index)
      .filter((other) => other.port === place.port && meet(other.host, place.host))
      .map((other) => ({ name: place.name, rule: `must not be the port of ${other.name}` })),
  );
}

function meet(one: string, other: string): boolean {
  return one === other || EVERY_ADDRESS.includes(one) || EVERY_ADDRESS.includes(other);
}
