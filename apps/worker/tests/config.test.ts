import { canary } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { configFromEnv } from '../src/config.js';

const env = { DATABASE_URL: 'postgresql://127.0.0.1/catwalk', CALLBACK_SECRET: 's'.repeat(32) };

describe('a worker in the sandbox', () => {
  it('never holds a real token, wherever it was told to ask', () => {
    const { provider } = configFromEnv({ ...env, MODE: 'sandbox', USEAPI_TOKEN: canary('token') });
    expect(provider).toEqual({ baseUrl: 'http://127.0.0.1:4312', token: 'sandbox' });
  });

  it('does not start on the address of a provider that bills', () => {
    const real = { MODE: 'sandbox', USEAPI_BASE_URL: 'https://api.useapi.net' };
    expect(() => configFromEnv({ ...env, ...real })).toThrow('USEAPI_BASE_URL');
  });

  it('is called back where the webhook app listens', () => {
    const called = (more: Record<string, string>) =>
      configFromEnv({ ...env, MODE: 'sandbox', ...more }).publicWebhookUrl;
    expect(called({})).toBe('http://127.0.0.1:4311');
    expect(called({ WEBHOOK_HOST: 'webhook' })).toBe('http://webhook:4311');
    expect(called({ WEBHOOK_HOST: '0.0.0.0', WEBHOOK_PORT: '80' })).toBe('http://127.0.0.1:80');
  });
});

it('a live worker holds the token it was given', () => {
  const { provider } = configFromEnv({ ...env, MODE: 'live', USEAPI_TOKEN: 'user:1' });
  expect(provider).toEqual({ baseUrl: 'https://api.useapi.net', token: 'user:1' });
});

it.each([
  ['live', undefined, 200],
  ['live', 'none', null],
  ['live', '5000', 5_000],
  ['sandbox', undefined, null],
  ['sandbox', '0', 0],
] as const)('a worker in %s that is told %s submits at most %s images a day', (mode, limit, all) => {
  const settings = { ...env, MODE: mode, USEAPI_TOKEN: 'user:1', DAILY_IMAGE_LIMIT: limit };
  expect(configFromEnv(settings).ceilings).toEqual({ all, clients: new Map() });
});
