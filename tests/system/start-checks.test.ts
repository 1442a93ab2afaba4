import { databaseForFile, eventually } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { startApp } from './app-process.js';
import { callbackSecret } from './settings.js';

const database = await databaseForFile();
const liveDatabase = await databaseForFile();
const key = 'k'.repeat(32);
const live = {
  MODE: 'live',
  DATABASE_URL: liveDatabase.url,
  CALLBACK_SECRET: callbackSecret,
  USEAPI_TOKEN: 'token',
  USEAPI_BASE_URL: 'http://127.0.0.1:9',
  ADMIN_KEYS: `admin:${key}`,
  API_PORT: '0',
  WEBHOOK_PORT: '0',
};
const sandbox = { ...live, MODE: 'sandbox', DATABASE_URL: database.url };

describe.each(['api', 'webhook', 'worker'])('the %s by itself', (app) => {
  it.each([
    [
      'a server that may lose commits, in live',
      live,
      /^PostgreSQL runs with fsync and synchronous_commit off/m,
    ],
    [
      'an address with ?options=',
      { ...sandbox, DATABASE_URL: `${database.url}?options=-c%20search_path%3Dx` },
      /^DATABASE_URL must not carry \?options=/m,
    ],
  ])('exits 1 on %s, told in one sentence', async (_what, env, sentence) => {
    const run = startApp(app, env);
    expect(await run.ended(), run.output()).toMatchObject({ code: 1 });
    expect(run.output()).toMatch(sentence);
    expect(run.output()).not.toMatch(/^\s+at /m);
  });

  it('starts on it in the sandbox, with a warning in its log', async () => {
    const run = startApp(app, sandbox);
    await run.untilSaid(`${app}.started`);
    expect(run.output()).toContain('"code":"postgres_not_durable"');
    if (app === 'worker')
      await eventually(() => expect(run.output()).toContain('"code":"provider_unanswered"'));
    run.signal('SIGTERM');
    expect(await run.ended()).toMatchObject({ code: 0 });
  });
});
