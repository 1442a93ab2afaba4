import { DELIVERY_KINDS, DELIVERY_STATES } from '@catwalk/contract';
import * as core from '@catwalk/core';
import { sequenceEvents } from '@catwalk/infra/postgres';
import { databaseForFile, runSql, seedTryOns } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const url = 'https://shop.example/hooks/catwalk?token=of-the-shop';

const create = async (body: object, name: 'anna' | 'ben' | 'admin' = 'anna') =>
  api.post('/v1/webhook-endpoints', body, as(name));
const send = (method: string, path: string, body?: object, name: 'anna' | 'ben' | 'admin' = 'anna') =>
  api.request(path, {
    method,
    headers: { ...as(name), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });

it('says deliveries in the words of the core', () => {
  expect([DELIVERY_KINDS, DELIVERY_STATES]).toEqual([core.DELIVERY_KINDS, core.DELIVERY_STATES]);
});

it('shows the secret when it is made and when it is rotated, and nowhere else', async () => {
  const { status, body } = await create({ url });
  expect(status).toBe(201);
  expect(body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const path = `/v1/webhook-endpoints/${body.id}`;
  const rotated = await send('POST', `${path}/rotate-secret`);
  expect(rotated.body.secret).toMatch(/^whsec_/);
  expect(rotated.body.secret).not.toBe(body.secret);
  expect(Date.parse(rotated.body.previousSecretUntil) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  const shown = [
    await send('GET', path),
    await send('PATCH', path, { description: 'x' }),
    await send('GET', '/v1/webhook-endpoints'),
    await send('POST', `${path}/test`),
    await send('GET', '/v1/deliveries'),
    await send('DELETE', path),
  ];
  for (const { status: one, body: told } of shown) {
    expect(one).toBeLessThan(300);
    expect(JSON.stringify(told)).not.toContain('whsec_');
  }
  expect(api.lines.join('')).not.toMatch(/whsec_|of-the-shop/);
});

it('repeats a request under one key with the same endpoint and secret', async () => {
  const headers = { ...as('anna'), 'idempotency-key': 'once' };
  const first = await api.post('/v1/webhook-endpoints', { url }, headers);
  const again = await api.post('/v1/webhook-endpoints', { url }, headers);
  expect([again.body.id, again.body.secret]).toEqual([first.body.id, first.body.secret]);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

it('is of its client alone: to others it is as unknown as one that never was', async () => {
  const { body } = await create({ url });
  const path = `/v1/webhook-endpoints/${body.id}`;
  for (const [method, at, sent] of [
    ['GET', path],
    ['PATCH', path, { state: 'disabled' }],
    ['POST', `${path}/rotate-secret`],
    ['POST', `${path}/test`],
    ['GET', `${path}/deliveries`],
    ['POST', `${path}/redeliver`, { since: '2026-01-01T00:00:00Z' }],
    ['DELETE', path],
  ] as const)
    expect((await send(method, at, sent, 'ben')).body.code).toBe('webhook_endpoint_not_found');
  const delivery = (await send('POST', `${path}/test`)).body.id;
  expect((await send('GET', `/v1/deliveries/${delivery}`, undefined, 'ben')).body.code).toBe(
    'delivery_not_found',
  );
  expect((await send('GET', `/v1/deliveries/${delivery}`, undefined, 'admin')).body.eventType).toBe(
    'webhook.test',
  );
  expect((await send('GET', '/v1/deliveries', undefined, 'ben')).body.data).toEqual([]);
});

it.each([
  ['a private address', { url: 'http://10.0.0.1/hook' }, 'url must not be a private or loopback address'],
  ['no web address', { url: 'ftp://shop.example/' }, 'url must be an http or https URL'],
  ['user info', { url: 'https://me:secret@shop.example/' }, 'url must not contain user info'],
  ['the port of another service', { url: 'https://shop.example:25/' }, 'url must not name a port'],
  ['a type that there is none of', { url, types: ['try_on.vanished'] }, 'types.0 must be one of'],
  ['no type', { url, types: [] }, 'types must not be empty'],
  ['the events of all, without an admin’s key', { url, allClients: true }, 'allClients is for admin keys'],
])('refuses %s', async (_what, body, detail) => {
  const answer = await create(body);
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  expect(answer.body.detail).toContain(detail);
});

it('changes what is sent, and disabled says by whom and since when', async () => {
  const { body } = await create({ url, types: ['try_on.failed'] }, 'admin');
  const path = `/v1/webhook-endpoints/${body.id}`;
  const changed = await send('PATCH', path, { types: null, allClients: true, state: 'disabled' }, 'admin');
  expect(changed.body).toMatchObject({ url, types: null, allClients: true, state: 'disabled' });
  expect(changed.body.disabled).toMatchObject({ reason: 'person' });
  const enabled = await send('PATCH', path, { state: 'enabled' }, 'admin');
  expect(enabled.body).toMatchObject({ state: 'enabled', disabled: null, types: null });
});

it('sends again since a time what did not arrive, and what happened while it was disabled, each once', async () => {
  const { body } = await create({ url, types: ['try_on.queued'] });
  const path = `/v1/webhook-endpoints/${body.id}`;
  const since = new Date(Date.now() - 1_000).toISOString();
  await seedTryOns(api.database, 3, { client: 'anna' });
  await sequenceEvents(api.database);
  await send('PATCH', path, { state: 'disabled' });
  await seedTryOns(api.database, 2, { client: 'anna' });
  await seedTryOns(api.database, 2, { client: 'ben' });
  await sequenceEvents(api.database);
  const mine = `endpoint_id = '${body.id}'`;
  await runSql(database.url, `UPDATE catwalk.delivery SET state = 'failed', attempts = 13 WHERE ${mine}`);
  await runSql(
    database.url,
    `UPDATE catwalk.delivery SET state = 'delivered' WHERE id = (SELECT min(id) FROM catwalk.delivery WHERE ${mine})`,
  );
  const first = (await send('GET', `${path}/deliveries`)).body.data;
  expect(first).toHaveLength(3);
  expect((await send('POST', `${path}/redeliver`, { since })).body.code).toBe('not_redeliverable');
  await send('PATCH', path, { state: 'enabled' });
  expect((await send('POST', `${path}/redeliver`, { since })).body).toEqual({
    object: 'redelivery',
    queued: 4,
  });
  expect((await send('POST', `${path}/redeliver`, { since })).body.queued).toBe(0);
  expect((await send('POST', `${path}/redeliver`, { since, delivered: true })).body.queued).toBe(1);
  const all = (await send('GET', `${path}/deliveries?state=pending`)).body.data as { eventId: string }[];
  expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(5);
});

it('lists deliveries newest first, page by page and by what they are', async () => {
  const { body } = await create({ url });
  const path = `/v1/webhook-endpoints/${body.id}`;
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.unshift((await send('POST', `${path}/test`)).body.id);
  const read: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page = (await send('GET', `/v1/deliveries?endpointId=${body.id}&kind=test&limit=2${query}`)).body;
    read.push(...page.data.map((one: { id: string }) => one.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(read).toEqual(ids);
  expect((await send('GET', `${path}/deliveries?eventType=try_on.failed`)).body.data).toEqual([]);
});
