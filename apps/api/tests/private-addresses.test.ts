import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { configFromEnv } from '../src/config.js';
import { garment, startApi } from './start-api.js';

const database = await databaseForFile();
const guarded = await startApi(database.url, {
  ownOrigins: ['http://127.0.0.1:4310', 'http://127.0.0.1:4312'],
});
const open = await startApi(database.url, { allowPrivateAddresses: true });
const inside = 'http://192.168.1.7/picture.png';

describe('an address inside a network', () => {
  it.each([
    ['humanImage', { ...garment, humanImage: inside }],
    ['dressInput', { ...garment, dressInput: 'http://2130706433/dress.png' }],
    ['upperInput', { humanImage: garment.humanImage, upperInput: 'http://[::1]/upper.png' }],
    ['lowerInput', { humanImage: garment.humanImage, lowerInput: 'http://localhost:80/lower.png' }],
    ['replyUrl', { ...garment, replyUrl: 'http://169.254.169.254/latest' }],
  ])(
    'is refused as %s, by that name, and at the drop-in endpoint in the provider’s shape',
    async (path, body) => {
      const answer = await guarded.post('/v1/try-ons', body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      expect(answer.body.errors).toEqual([{ path, message: 'must not be a private or loopback address' }]);

      const task = await guarded.post('/v1/kling/images/virtual-try-on', body);
      expect(task).toMatchObject({ status: 400, body: { error: expect.stringContaining(path) } });
    },
  );

  it('is named together with every other', async () => {
    const answer = await guarded.post('/v1/try-ons', {
      humanImage: inside,
      dressInput: inside,
      replyUrl: inside,
    });
    const paths = answer.body.errors.map((error: { path: string }) => error.path);
    expect(paths).toEqual(['humanImage', 'dressInput', 'replyUrl']);
  });

  it('is taken where ALLOW_PRIVATE_ADDRESSES is on', async () => {
    const body = { humanImage: inside, dressInput: 'http://127.0.0.1:9/dress.png', replyUrl: inside };
    expect(await open.post('/v1/try-ons', body)).toMatchObject({ status: 202 });
  });

  it.each(['127.0.0.1', 'localhost', '[::1]'])(
    'is taken in the sandbox when it is Catwalk’s own: %s',
    async (host) => {
      const picture = (name: string) => `http://${host}:4312/samples/${name}.png`;
      const own = { humanImage: picture('person-1'), dressInput: picture('dress-1') };
      expect(await guarded.post('/v1/try-ons', own)).toMatchObject({ status: 202 });

      const other = { ...own, humanImage: `http://${host}:5432/` };
      expect(await guarded.post('/v1/try-ons', other)).toMatchObject({ status: 400 });
    },
  );
});

it('Catwalk’s own origins are those of its parts, and none in live', () => {
  const env = { DATABASE_URL: 'postgresql://127.0.0.1/catwalk', ADMIN_KEYS: `a:${'k'.repeat(32)}` };
  const own = (more: Record<string, string>) => configFromEnv({ ...env, ...more }).ownOrigins;
  expect(own({ MODE: 'sandbox' })).toEqual([4310, 4311, 4312].map((port) => `http://127.0.0.1:${port}`));
  expect(own({ MODE: 'sandbox', USEAPI_BASE_URL: 'http://simulator:80' })).toContain('http://simulator');
  expect(own({ MODE: 'live' })).toEqual([]);
});
