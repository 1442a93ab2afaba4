import { readFileSync } from 'node:fs';
import * as api from '@catwalk/api';
import * as webhook from '@catwalk/webhook';
import * as worker from '@catwalk/worker';
import { expect, it } from 'vitest';

const file = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8');

/** The names under `environment:` that a block of the file sets, those of all apps included. */
function settingsIn(service: string): string[] {
  const block = (start: RegExp) => file.split(start)[1]?.split(/^ {0,2}[a-z-]+:/m)[0] ?? '';
  const text = block(/^x-environment: &environment$/m) + block(new RegExp(`^  ${service}:$`, 'm'));
  return [...text.matchAll(/^ +([A-Z][A-Z_]+):/gm)].map(([, name]) => name ?? '');
}

/** The names of all settings that an app asks its environment for. */
function settingsReadBy(configFromEnv: (env: Record<string, string | undefined>) => unknown): string[] {
  const asked = new Set<string>();
  const env = new Proxy({}, { get: (_, name) => void asked.add(String(name)) });
  expect(() => configFromEnv(env)).toThrow('is required');
  return [...asked];
}

it.each([
  ['api', api.configFromEnv],
  ['webhook', webhook.configFromEnv],
  ['worker', worker.configFromEnv],
])('the container of the %s is given every setting that the app reads', (service, configFromEnv) => {
  const asked = settingsReadBy(configFromEnv);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((name) => !settingsIn(service).includes(name))).toEqual([]);
});
