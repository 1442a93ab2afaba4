import { createSimulator } from '@catwalk/simulator';
import { databaseForFile, drawPicture } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { garment, startApi } from './start-api.js';

const database = await databaseForFile();
const simulator = createSimulator({
  port: 0,
  accounts: [
    { email: 'anna@example.com', maxJobs: 2 },
    { email: 'ben@example.com', maxJobs: 5 },
  ],
});
const provider = await simulator.start();
afterAll(() => simulator.close());
const api = await startApi(database.url, {
  publicWebhookUrl: null,
  provider: { baseUrl: provider.url, token: 'sandbox' },
  ownOrigins: [provider.url],
});
const nowhere = await startApi(database.url, { publicWebhookUrl: null, provider: null });

const send = async (color: number, query = '', to = api) =>
  to.request(`/v1/assets${query}`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(await drawPicture({ color })),
  });
// Asked before there is any asset: that there is none is not remembered here.
await api.post('/v1/try-ons', garment);
const onAnna = (await send(1, '?email=anna@example.com')).body;
const onBen = (await send(2, '?email=ben@example.com')).body;

it('a picture is handed on to an account of the provider, and its address is the provider’s', async () => {
  expect(onAnna).toMatchObject({ account: 'anna@example.com', contentType: 'image/png' });
  expect(onAnna.url.startsWith(`${provider.url}/assets/`)).toBe(true);
  expect((await fetch(onAnna.url)).status).toBe(200);
});

it('any account takes it where none is named, and the same bytes are not handed on twice', async () => {
  const first = await send(3);
  expect([first.status, ['anna@example.com', 'ben@example.com']]).toEqual([
    201,
    expect.arrayContaining([first.body.account]),
  ]);
  const again = await send(3);
  expect([again.status, again.body.url]).toEqual([200, first.body.url]);
});

it('an account that is not configured is refused by name', async () => {
  const { status, body } = await send(4, '?email=eve@example.com');
  expect([status, body.errors]).toEqual([
    400,
    [{ path: 'email', message: 'must be one of the configured accounts' }],
  ]);
});

it('a try-on with it runs on its account, and another account is refused by name', async () => {
  const made = await api.post('/v1/try-ons', { ...garment, humanImage: onAnna.url });
  expect([made.status, made.body.email]).toEqual([202, 'anna@example.com']);
  const key = { 'idempotency-key': 'pinned' };
  const keyed = { ...garment, dressInput: onBen.url };
  expect((await api.post('/v1/try-ons', keyed, key)).body.email).toBe('ben@example.com');
  expect((await api.post('/v1/try-ons', keyed, key)).headers.get('idempotent-replayed')).toBe('true');

  const other = await api.post('/v1/try-ons', {
    ...garment,
    humanImage: onAnna.url,
    email: 'ben@example.com',
  });
  expect([other.status, other.body.errors]).toEqual([
    400,
    [
      {
        path: 'humanImage',
        message: 'is kept on anna@example.com, and cannot be used on ben@example.com (email)',
      },
    ],
  ]);
  const both = await api.post('/v1/try-ons', { humanImage: onAnna.url, dressInput: onBen.url });
  expect(both.body.errors).toEqual([
    {
      path: 'dressInput',
      message: 'is kept on ben@example.com, and cannot be used on anna@example.com (humanImage)',
    },
  ]);
  const dropIn = await api.post('/v1/kling/images/virtual-try-on', { ...garment, humanImage: onAnna.url });
  expect(dropIn.status).toBe(200);
});

it('so do the lines of a batch', async () => {
  const items = [
    { ...garment, humanImage: onAnna.url },
    { ...garment, humanImage: onBen.url },
    { ...garment, humanImage: onBen.url, email: 'anna@example.com' },
  ];
  const { status, body } = await api.post('/v1/batches', { items });
  expect([status, body.total, body.invalidLines.first]).toEqual([
    202,
    2,
    [
      {
        line: 3,
        errors: [
          {
            path: 'humanImage',
            message: 'is kept on ben@example.com, and cannot be used on anna@example.com (email)',
          },
        ],
      },
    ],
  ]);
  const lanes = await api.database.prisma.tryOn.findMany({
    where: { batchId: body.id },
    orderBy: { batchLine: 'asc' },
  });
  expect(lanes.map(({ lane }) => lane)).toEqual(['anna@example.com', 'ben@example.com']);
});

it('a provider that is down is 503, and nothing is kept', async () => {
  simulator.turnDials({ down: 'refuse' });
  const { status, body, headers } = await send(5, '?email=anna@example.com');
  simulator.turnDials({ down: 'no' });
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
  expect((await send(5, '?email=anna@example.com')).status).toBe(201);
});

it('without an address of ours and without a token it says what to set', async () => {
  const { status, body } = await send(6, '', nowhere);
  expect([status, body.detail]).toEqual([503, expect.stringContaining('PUBLIC_WEBHOOK_URL')]);
});
