import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseForFile } from '@catwalk/testkit';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { configFromEnv } from '../src/config.js';
import { prepareHome } from '../src/prepare-home.js';
import { type Stack, startParts } from '../src/start-parts.js';
import { makeTestImage, offerTestImage } from '../src/try-test-image.js';

const database = await databaseForFile();
const folder = mkdtempSync(join(tmpdir(), 'catwalk-test-image-'));
const stack: Stack = [];
const config = configFromEnv({
  MODE: 'sandbox',
  DATABASE_URL: database.url,
  CATWALK_HOME: folder,
  API_PORT: '0',
  WEBHOOK_PORT: '0',
  SIMULATOR_PORT: '0',
  ADMIN_KEYS: `admin:${'k'.repeat(32)}`,
});
const parts = await startParts(config, prepareHome(folder, 'sandbox'), pino.destination('/dev/null'), stack);
const env = { ...parts.env, PUBLIC_API_URL: parts.urls.api };
afterAll(async () => {
  for (let stop = stack.pop(); stop !== undefined; stop = stack.pop()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const request = {
  humanImage: `${parts.urls.simulator}/samples/person-1.png`,
  dressInput: `${parts.urls.simulator}/samples/dress-1.png`,
  imageCount: 1,
};

it('a test image goes through the API like any job, and its end is told with its address', async () => {
  expect(await makeTestImage(env, request)).toMatch(/^test image try_\w+: succeeded http:\S+$/);
});

it('what the API refuses is told in its words, and an API that does not run with what to do', async () => {
  expect(await makeTestImage(env, { ...request, dressInput: '' })).toMatch(/not made: 400 .*dressInput/);
  const nowhere = { ...env, PUBLIC_API_URL: 'http://127.0.0.1:9' };
  expect(await makeTestImage(nowhere, request)).toMatch(
    /not made: no API answers at http:\/\/127.0.0.1:9; start/,
  );
});

it('without a terminal nothing is asked and nothing is sent', async () => {
  expect(await offerTestImage(env)).toContain('in a terminal only');
});
