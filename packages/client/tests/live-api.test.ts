import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contextFromConfig, createApi } from '@catwalk/api';
import { TRY_ON_STATUSES } from '@catwalk/contract';
import { keepAccounts, openDatabase } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { databaseForFile, drawPicture, runSql, seedTryOns } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiError, createCatwalk } from '../src/index.js';

const store = await databaseForFile();
const keys = {
  shop: 'shop-key-0123456789-0123456789-0123456789',
  ada: 'ada-key-0123456789-0123456789-0123456789',
};
const url = await startApi();
const shop = createCatwalk({ baseUrl: url, apiKey: keys.shop });
const ada = createCatwalk({ baseUrl: `${url}/`, apiKey: keys.ada });
const garment = {
  humanImage: 'https://pictures.example/person.jpg',
  dressInput: 'https://pictures.example/dress.jpg',
};

/** The real API on a database of this file's own; nobody works its jobs off. */
async function startApi(): Promise<string> {
  const database = openDatabase({ url: store.url, poolMax: 4 });
  await keepAccounts(database, new Map([['anna@example.com', 2]]));
  const carrier = { wake: () => undefined, ping: async () => undefined, close: async () => undefined };
  const logger = createLogger({ app: 'api', level: 'silent' });
  const api = createApi(
    contextFromConfig(
      {
        mode: 'sandbox',
        databaseUrl: store.url,
        redisUrl: undefined,
        host: '127.0.0.1',
        port: { port: 0, isDefault: false },
        publicApiUrl: undefined,
        allowPrivateAddresses: false,
        ownOrigins: [],
        publicWebhookUrl: 'https://hooks.example',
        provider: null,
        pictures: { kind: 'disk', folder: join(tmpdir(), `catwalk-sdk-${process.pid}`) },
        apiKeys: [{ name: 'shop', key: keys.shop }],
        adminKeys: [{ name: 'ada', key: keys.ada }],
        imagePrice: null,
        logLevel: 'silent',
      },
      { database, carrier, logger },
    ),
  );
  afterAll(async () => {
    await api.close();
    await database.close();
    await rm(join(tmpdir(), `catwalk-sdk-${process.pid}`), { recursive: true, force: true });
  });
  return (await api.start()).url;
}

const failureOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it was to fail'),
    (error) => error,
  );

describe('the SDK with the running API', () => {
  it('sends a picture in each of the ways it may come, as one asset, and reads it', async () => {
    const bytes = new Uint8Array(await drawPicture());
    const contentType = 'image/png';
    const asset = await shop.assets.create(bytes, { contentType });
    const pieces = function* () {
      yield bytes.subarray(0, 50);
      yield bytes.subarray(50);
    };
    for (const input of [
      new Blob([bytes], { type: contentType }),
      () => new Blob([bytes]).stream(),
      new Blob([bytes]).stream(),
      pieces(),
    ])
      expect((await shop.assets.create(input, { contentType })).id).toBe(asset.id);
    expect(await shop.assets.get(asset.id)).toMatchObject({
      id: asset.id,
      url: asset.url,
      sha256: asset.sha256,
    });
    const tryOn = await shop.tryOns.create({ humanImage: asset.url, dressInput: asset.url });
    expect(tryOn.humanImage).toBe(asset.url);
    expect(await failureOf(shop.assets.create(bytes))).toMatchObject({ name: 'CatwalkError' });
    expect(await failureOf(shop.assets.get('ast_0'))).toMatchObject({ code: 'asset_not_found', status: 404 });
  });

  it('makes a try-on, reads it, cancels it, retries it', async () => {
    const made = await shop.tryOns.create({
      ...garment,
      customId: 'größe ✓',
      metadata: { 'a&b': '1=2' },
      expiresAt: new Date('2099-01-01T00:00:00Z'),
      upperInput: null,
      email: undefined,
    });
    expect(made).toMatchObject({ ...garment, status: 'queued', expiresAt: '2099-01-01T00:00:00.000Z' });
    expect(await shop.tryOns.get(made.id)).toEqual(made);
    expect(await shop.tryOns.cancel(made.id)).toMatchObject({ status: 'canceled' });
    expect(await shop.tryOns.retry(made.id)).toMatchObject({ status: 'queued' });
    const kinds = [];
    for await (const entry of shop.tryOns.timeline(made.id, { limit: 1 })) kinds.push(entry.kind);
    expect(kinds.length).toBeGreaterThanOrEqual(3);
    const adopted = await failureOf(shop.tryOns.adopt(made.id, '307153000000025'));
    expect(adopted).toMatchObject({ code: 'not_adoptable', status: 409 });
  });

  it('makes a webhook endpoint, changes and rotates it, tests it, and reads what was sent', async () => {
    const made = await shop.webhookEndpoints.create({
      url: 'https://shop.example/hook',
      types: ['try_on.failed'],
    });
    expect(made.secret).toMatch(/^whsec_/);
    const { secret: _, ...shown } = made;
    expect(await shop.webhookEndpoints.get(made.id)).toEqual(shown);
    expect(await shop.webhookEndpoints.update(made.id, { types: null })).toMatchObject({ types: null });
    expect((await shop.webhookEndpoints.rotateSecret(made.id)).secret).not.toBe(made.secret);
    const test = await shop.webhookEndpoints.test(made.id);
    expect(await shop.deliveries.get(test.id)).toMatchObject({ kind: 'test', state: 'pending' });
    expect(await shop.deliveries.redeliver(test.id)).toMatchObject({ id: test.id });
    const listed = [];
    for await (const { id } of shop.deliveries.list({ endpointId: made.id, state: ['pending'] }))
      listed.push(id);
    for await (const { id } of shop.webhookEndpoints.deliveries(made.id)) listed.push(id);
    expect(listed).toEqual([test.id, test.id]);
    expect(await shop.webhookEndpoints.redeliver(made.id, new Date())).toEqual({
      object: 'redelivery',
      queued: 0,
    });
    const endpoints = [];
    for await (const { id } of shop.webhookEndpoints.list()) endpoints.push(id);
    expect(endpoints).toEqual([made.id]);
    expect(await shop.webhookEndpoints.remove(made.id)).toMatchObject({ deleted: true });
    expect(await failureOf(shop.webhookEndpoints.get(made.id))).toMatchObject({
      code: 'webhook_endpoint_not_found',
    });
  });

  it('deletes a try-on that has ended, as often as it is called, and tells why an image cannot be had', async () => {
    const { id } = await shop.tryOns.create(garment);
    expect(await failureOf(shop.tryOns.delete(id))).toMatchObject({ code: 'not_deletable', status: 409 });
    await shop.tryOns.cancel(id);
    const deleted = await shop.tryOns.delete(id);
    expect(deleted).toMatchObject({ id, humanImage: null, deletedAt: expect.any(String) });
    expect(await shop.tryOns.delete(id)).toEqual(deleted);
    const image = async () => {
      for await (const _ of shop.tryOns.image(id, 0, { width: 64 })) expect.fail('there is none');
    };
    expect(await failureOf(image())).toMatchObject({ code: 'image_not_found', status: 404 });
  });

  it('makes one try-on of two calls with the same key, and is refused another body', async () => {
    const options = { idempotencyKey: 'order-7' };
    const first = await shop.tryOns.create(garment, options);
    expect((await shop.tryOns.create(garment, options)).id).toBe(first.id);
    const error = await failureOf(shop.tryOns.create({ ...garment, imageCount: 2 }, options));
    expect(error).toMatchObject({ code: 'idempotency_key_reused', idempotencyKey: 'order-7' });
  });

  it('lists every try-on once, page by page, by all that can be asked for', async () => {
    const { id: since } = await shop.tryOns.create({ ...garment, customId: 'first' });
    const { createdAt } = await shop.tryOns.get(since);
    const made = [];
    for (let index = 0; index < 7; index += 1) {
      const { id } = await shop.tryOns.create({ ...garment, metadata: { 'run[1]': 'a&b' } });
      made.push(id);
    }
    const filter = {
      metadata: { 'run[1]': 'a&b' },
      order: 'asc',
      createdAfter: new Date(createdAt),
    } as const;
    const found = [];
    for await (const tryOn of shop.tryOns.list({ ...filter, status: ['queued', 'failed'], limit: 3 }))
      found.push(tryOn.id);
    expect(found).toEqual(made);
    const page = await shop.tryOns.list({ ...filter, limit: 3 }).page();
    expect(page.data.map(({ id }) => id)).toEqual(made.slice(0, 3));
    const next = await shop.tryOns.list({ ...filter, limit: 3 }).page(page.nextCursor);
    expect(next.data.map(({ id }) => id)).toEqual(made.slice(3, 6));
    expect((await shop.tryOns.list({ customId: 'first', status: [] }).page()).data).toHaveLength(1);
  });

  it('waits until a try-on is final', async () => {
    const made = await shop.tryOns.create(garment);
    const waiting = shop.tryOns.waitUntilFinal(made.id);
    await shop.tryOns.cancel(made.id);
    expect(await waiting).toMatchObject({ id: made.id, status: 'canceled' });
  });

  it('is told what is wrong field by field, and under which request', async () => {
    const error = await failureOf(
      shop.tryOns.create({ ...garment, imageCount: 9, colour: 'red' } as typeof garment),
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, retryable: false });
    expect(error.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['colour', 'imageCount']);
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await failureOf(shop.tryOns.get('try_1'))).toMatchObject({
      code: 'try_on_not_found',
      status: 404,
    });
    const stranger = createCatwalk({ baseUrl: url, apiKey: 'nobody', maxRetries: 0 });
    expect(await failureOf(stranger.status())).toMatchObject({ code: 'unauthorized', status: 401 });
  });

  it('pauses and resumes accounts and everything, as an admin', async () => {
    expect((await ada.accounts.list()).map(({ email }) => email)).toEqual(['anna@example.com']);
    expect(await ada.accounts.pause('anna@example.com', { reason: 'credits' })).toMatchObject({
      paused: { by: 'person', reason: 'credits', actor: 'ada' },
    });
    expect(await ada.accounts.resume('anna@example.com')).toMatchObject({ paused: null });
    expect(await ada.pause()).toMatchObject({ paused: { actor: 'ada', reason: null } });
    expect((await shop.status()).paused).toMatchObject({ actor: 'ada' });
    expect(await ada.resume()).toMatchObject({ paused: null });
    expect(await failureOf(shop.accounts.list())).toMatchObject({ code: 'forbidden', status: 403 });
    expect(await failureOf(ada.accounts.pause('x/y@example.com'))).toMatchObject({
      code: 'account_not_found',
    });
  });

  it('reads status and usage', async () => {
    const status = await shop.status();
    expect(status).toMatchObject({ mode: 'sandbox', accounts: null });
    expect(Object.keys(status.tryOns).sort()).toEqual([...TRY_ON_STATUSES].sort());
    const usage = await ada.usage({
      from: '2030-01-01',
      to: new Date('2030-01-03T00:00:00Z'),
      by: ['day', 'client'],
    });
    expect(usage).toMatchObject({ by: ['day', 'client'], data: [], from: '2030-01-01T00:00:00.000Z' });
    expect(await shop.usage()).toMatchObject({ by: [], total: { imagesSubmitted: 0 } });
  });

  it('reads a listing to its end while rows arrive, each once', async () => {
    const database = openDatabase({ url: store.url, poolMax: 1 });
    const seeded = await seedTryOns(database, 250, { client: 'shop', customId: 'many' });
    const found: string[] = [];
    for await (const { id } of shop.tryOns.list({ customId: 'many', limit: 100 })) {
      if (found.length === 50) await seedTryOns(database, 10, { client: 'shop', customId: 'many' });
      found.push(id);
    }
    await database.close();
    expect(found).toEqual(seeded.reverse());
    await runSql(store.url, `UPDATE catwalk.try_on SET status = 'canceled' WHERE custom_id = 'many'`);
  });
});
