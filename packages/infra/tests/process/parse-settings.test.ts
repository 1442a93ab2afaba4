import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSettings, SettingsError } from '../../src/process/parse-settings.js';
import {
  apiKeysRule,
  baseUrlRule,
  distinctKeysRule,
  tokenRule,
  webhookUrlRule,
} from '../../src/process/setting-rules.js';
import { settingsFields } from '../../src/process/settings-fields.js';

const schema = z.object(settingsFields);
const rules = [tokenRule, baseUrlRule, webhookUrlRule, apiKeysRule, distinctKeysRule];
const secret = 's'.repeat(32);
const key = 'k'.repeat(32);
const sound = { MODE: 'sandbox', DATABASE_URL: 'postgres://127.0.0.1/catwalk', CALLBACK_SECRET: secret };

function problemsOf(env: Record<string, string>): string[] {
  try {
    parseSettings(schema, env, rules);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n');
    throw error;
  }
}

describe('settings', () => {
  it('have the defaults of the table', () => {
    const settings = parseSettings(schema, sound, rules);
    expect(settings.API_PORT).toEqual({ port: 4310, isDefault: true });
    expect(settings).toMatchObject({ SUBMIT_TIMEOUT_MS: 30_000, JOB_DEADLINE_MS: 1_800_000, API_KEYS: [] });
    expect(settings).toMatchObject({
      LOG_LEVEL: 'info',
      ALLOW_PRIVATE_ADDRESSES: false,
      API_HOST: '127.0.0.1',
    });
  });

  it('count an empty value as unset', () => {
    const env = { ...sound, REDIS_URL: '', API_PORT: ' ', LOG_LEVEL: '' };
    expect(parseSettings(schema, env, rules)).toMatchObject({ LOG_LEVEL: 'info', REDIS_URL: undefined });
    expect(problemsOf({ ...sound, CALLBACK_SECRET: '' })).toEqual(['CALLBACK_SECRET: is required']);
  });

  it('report every problem together, also rules between settings, without any value', () => {
    const env = { MODE: 'live', CALLBACK_SECRET: 'hush', API_PORT: '70000', POLL_INTERVAL_MS: '-1' };
    const problems = problemsOf({ ...env, API_KEYS: 'anna:hush', REDIS_URL: 'http://hush' });
    expect(problems.map((line) => line.split(':')[0]).sort()).toEqual(
      [
        'API_KEYS',
        'API_PORT',
        'CALLBACK_SECRET',
        'DATABASE_URL',
        'POLL_INTERVAL_MS',
        'REDIS_URL',
        'USEAPI_TOKEN',
      ].sort(),
    );
    expect(problems.join()).not.toContain('hush');
  });

  it.each<[string, Record<string, string>, string]>([
    ['an unknown mode', { MODE: 'test' }, 'MODE'],
    ['a port that is no number', { API_PORT: '43x' }, 'API_PORT'],
    ['no milliseconds', { JOB_DEADLINE_MS: '0' }, 'JOB_DEADLINE_MS'],
    ['more milliseconds than a timer holds', { JOB_DEADLINE_MS: '3000000000' }, 'JOB_DEADLINE_MS'],
    ['a switch that is neither', { ALLOW_PRIVATE_ADDRESSES: 'maybe' }, 'ALLOW_PRIVATE_ADDRESSES'],
    ['a database address of another kind', { DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    ['an origin with a path', { USEAPI_BASE_URL: 'https://api.example.com/v1' }, 'USEAPI_BASE_URL'],
    ['an origin with user info', { PUBLIC_API_URL: 'https://a:b@example.com' }, 'PUBLIC_API_URL'],
    [
      'the token in the clear',
      { MODE: 'live', USEAPI_TOKEN: 't', ADMIN_KEYS: `a:${key}`, USEAPI_BASE_URL: 'http://api.example.com' },
      'USEAPI_BASE_URL',
    ],
    ['the real provider in sandbox', { USEAPI_BASE_URL: 'https://api.useapi.net' }, 'USEAPI_BASE_URL'],
    ['any provider from outside in sandbox', { USEAPI_BASE_URL: 'http://8.8.8.8' }, 'USEAPI_BASE_URL'],
    [
      'a public webhook over http in sandbox',
      { PUBLIC_WEBHOOK_URL: 'http://example.com' },
      'PUBLIC_WEBHOOK_URL',
    ],
    ['a private webhook in sandbox', { PUBLIC_WEBHOOK_URL: 'https://10.0.0.7' }, 'PUBLIC_WEBHOOK_URL'],
    ['a short secret beside a good one', { CALLBACK_SECRET: `${secret},short` }, 'CALLBACK_SECRET'],
    ['a short key', { API_KEYS: 'anna:short' }, 'API_KEYS'],
    ['a key without a name', { API_KEYS: key }, 'API_KEYS'],
    ['the same key twice', { API_KEYS: `anna:${key},ben:${key}` }, 'API_KEYS'],
    ['a key of two ranks', { API_KEYS: `anna:${key}`, ADMIN_KEYS: `ben:${key}` }, 'API_KEYS'],
    ['an email twice', { USEAPI_ACCOUNTS: 'a@example.com:1,A@example.com:2' }, 'USEAPI_ACCOUNTS'],
    ['a daily limit that is no number', { DAILY_IMAGE_LIMIT: '1e3' }, 'DAILY_IMAGE_LIMIT'],
    ['a negative daily limit', { DAILY_IMAGE_LIMIT: '-1' }, 'DAILY_IMAGE_LIMIT'],
    ['a client twice', { CLIENT_DAILY_IMAGE_LIMITS: 'shop:1,shop:2' }, 'CLIENT_DAILY_IMAGE_LIMITS'],
    ['a client without a limit', { CLIENT_DAILY_IMAGE_LIMITS: 'shop:1,studio' }, 'CLIENT_DAILY_IMAGE_LIMITS'],
    ['a price without a currency', { IMAGE_PRICE: '0.05' }, 'IMAGE_PRICE'],
    ['a price that is no decimal number', { IMAGE_PRICE: '5e-2 EUR' }, 'IMAGE_PRICE'],
    ['a limit over 50', { USEAPI_ACCOUNTS: 'a@example.com:51' }, 'USEAPI_ACCOUNTS'],
    ['a limit of 0', { USEAPI_ACCOUNTS: 'a@example.com:0' }, 'USEAPI_ACCOUNTS'],
    ['an open address without keys', { API_HOST: '0.0.0.0' }, 'API_KEYS'],
    [
      'a plain http webhook in live',
      { MODE: 'live', USEAPI_TOKEN: 't', ADMIN_KEYS: `a:${key}`, PUBLIC_WEBHOOK_URL: 'http://example.com' },
      'PUBLIC_WEBHOOK_URL',
    ],
    [
      'a private webhook in live',
      { MODE: 'live', USEAPI_TOKEN: 't', ADMIN_KEYS: `a:${key}`, PUBLIC_WEBHOOK_URL: 'https://10.0.0.7' },
      'PUBLIC_WEBHOOK_URL',
    ],
  ])('refuse %s', (_what, env, name) => {
    expect(problemsOf({ ...sound, ...env }).map((line) => line.split(':')[0])).toEqual([name]);
  });

  it.each<[string, Record<string, string>]>([
    ['the simulator on this machine', { USEAPI_BASE_URL: 'http://127.0.0.1:4312' }],
    ['the simulator in a container of its own', { USEAPI_BASE_URL: 'http://simulator:4312' }],
    ['the webhook app on this machine', { PUBLIC_WEBHOOK_URL: 'http://localhost:4311' }],
    ['the webhook app in a container of its own', { PUBLIC_WEBHOOK_URL: 'http://webhook:4311' }],
    [
      'a private webhook that is allowed',
      { PUBLIC_WEBHOOK_URL: 'http://10.0.0.7', ALLOW_PRIVATE_ADDRESSES: 'on' },
    ],
  ])('take %s in sandbox', (_what, env) => {
    expect(problemsOf({ ...sound, ...env })).toEqual([]);
  });

  it('take lists, rotated keys and limits', () => {
    const settings = parseSettings(schema, {
      ...sound,
      CALLBACK_SECRET: `${secret}, ${'o'.repeat(40)}`,
      API_KEYS: `anna:${key},anna:${'n'.repeat(32)}`,
      USEAPI_ACCOUNTS: 'anna@example.com:5,ben@example.com:10',
      API_PORT: '0',
      DAILY_IMAGE_LIMIT: '0',
      CLIENT_DAILY_IMAGE_LIMITS: 'shop:100, studio:0',
      IMAGE_PRICE: '0.050 EUR',
    });
    expect(settings.CALLBACK_SECRET).toHaveLength(2);
    expect(settings.API_KEYS.map((entry) => entry.name)).toEqual(['anna', 'anna']);
    expect(settings.USEAPI_ACCOUNTS).toContainEqual({ email: 'ben@example.com', maxJobs: 10 });
    expect(settings.API_PORT).toEqual({ port: 0, isDefault: false });
    expect(settings.DAILY_IMAGE_LIMIT).toBe(0);
    expect([...settings.CLIENT_DAILY_IMAGE_LIMITS]).toEqual([
      ['shop', 100],
      ['studio', 0],
    ]);
    expect(settings.IMAGE_PRICE).toEqual({ amount: '0.050', currency: 'EUR' });
  });
});
