import { request as httpRequest } from 'node:http';
import { databaseForFile, runSql } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { fail } from './move-job.js';
import { as, garment, keyed, keys, startApi } from './start-api.js';

const database = await databaseForFile();
const keyless = await startApi(database.url);
const api = await startApi(database.url, keyed);

/** Node's fetch sets Host and forbids others, so this asks by hand. */
function ask(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('without keys', () => {
  const { port } = new URL(keyless.url);
  const host = `127.0.0.1:${port}`;

  it.each<[string, Record<string, string>]>([
    ['localhost', { host: 'localhost' }],
    ['localhost with any port', { host: 'localhost:1' }],
    ['[::1]', { host: '[::1]:4310' }],
    ['its own origin', { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }],
    ['an address typed in a browser', { host, 'sec-fetch-site': 'none' }],
  ])('%s may ask', async (_who, headers) => {
    expect(await ask(`${keyless.url}/v1/try-ons`, headers)).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['a name that resolves here', { host: 'evil.example' }],
    ['a name that begins like ours', { host: 'localhost.evil.example' }],
    ['another loopback address', { host: '127.0.0.2' }],
    ['a page of another origin', { host, origin: 'https://evil.example' }],
    ['a page of another port', { host, origin: 'http://127.0.0.1:1' }],
    ['a page of no origin', { host, origin: 'null' }],
    ['another site', { host, 'sec-fetch-site': 'cross-site' }],
    ['a site beside ours', { host, 'sec-fetch-site': 'same-site' }],
    ['a proxy', { host, 'x-forwarded-for': '10.0.0.1' }],
    ['a proxy of another kind', { host, 'x-forwarded-proto': 'https' }],
    ['a standard proxy', { host, forwarded: 'for=10.0.0.1' }],
  ])('%s is 403, only /healthz answers', async (_who, headers) => {
    expect(await ask(`${keyless.url}/v1/try-ons`, headers)).toBe(403);
    expect(await ask(`${keyless.url}/readyz`, headers)).toBe(403);
    expect(await ask(`${keyless.url}/healthz`, headers)).toBe(200);
  });
});

describe('with keys', () => {
  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['a wrong key', { authorization: `Bearer ${keys.anna}x` }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['a key of another scheme', { authorization: `Basic ${keys.anna}` }],
  ])('%s is 401, also for what does not exist', async (_what, headers) => {
    for (const path of ['/v1/try-ons', '/v1/nothing', `/v1/try-ons/try_${'0'.repeat(32)}`]) {
      const answer = await api.request(path, { headers });
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    }
    const dropIn = await api.post('/v1/kling/images/virtual-try-on', garment, headers);
    expect(dropIn).toMatchObject({ status: 401, body: { error: 'Unauthorized', code: 401 } });
  });

  it('the key is judged before the body: a huge or broken one of a stranger is 401', async () => {
    expect((await api.post('/v1/try-ons', 'x'.repeat(2_000_000))).status).toBe(401);
  });

  it('a key’s name is the client, whatever the case of the scheme', async () => {
    const headers = { authorization: `bearer ${keys.ben}` };
    expect((await api.post('/v1/try-ons', garment, headers)).body.client).toBe('ben');
  });

  it('/healthz and /readyz need none', async () => {
    expect((await api.request('/healthz')).status).toBe(200);
    expect((await api.request('/readyz')).body).toEqual({ status: 'ok', postgres: 'up', queue: 'up' });
  });
});

describe('accounts and pauses', () => {
  it.each([
    ['GET', '/v1/accounts'],
    ['POST', '/v1/accounts/anna@example.com/pause'],
    ['POST', '/v1/accounts/anna@example.com/resume'],
    ['POST', '/v1/accounts/nobody@example.com/pause'],
    ['POST', '/v1/pause'],
    ['POST', '/v1/resume'],
  ])('are for admins alone: %s %s', async (method, path) => {
    const forbidden = { status: 403, body: { code: 'forbidden', retryable: false } };
    expect(await api.request(path, { method, headers: as('anna') })).toMatchObject(forbidden);
    expect(await api.request(path, { method })).toMatchObject({ status: 401 });
    if (method === 'POST') expect(await api.post(path, '{', as('anna'))).toMatchObject(forbidden);
    expect(await runSql(database.url, 'SELECT scope FROM catwalk.pause')).toEqual([]);
  });
});

describe('a client’s rows', async () => {
  const { body: tryOn } = await api.post('/v1/try-ons', { ...garment, customId: 'hers' }, as('anna'));
  const { body: task } = await api.post('/v1/kling/images/virtual-try-on', garment, as('anna'));

  it.each<[string, string]>([
    ['GET', `/v1/try-ons/${tryOn.id}`],
    ['GET', `/v1/try-ons/${tryOn.id}?wait=1`],
    ['GET', `/v1/try-ons/${tryOn.id}/timeline`],
    ['POST', `/v1/try-ons/${tryOn.id}/cancel`],
    ['POST', `/v1/try-ons/${tryOn.id}/retry`],
    ['GET', `/v1/kling/tasks/${task.task.id}`],
  ])('are 404 for another key: %s %s', async (method, path) => {
    expect((await api.request(path, { method, headers: as('ben') })).status).toBe(404);
    expect((await api.request(path, { method, headers: as('anna') })).status).not.toBe(404);
  });

  it('are in no other client’s list, and in an admin’s', async () => {
    const path = '/v1/try-ons?customId=hers';
    expect((await api.request(path, { headers: as('ben') })).body.data).toEqual([]);
    expect((await api.request(path, { headers: as('anna') })).body.data).toHaveLength(1);
    expect((await api.request(path, { headers: as('admin') })).body.data).toHaveLength(1);
  });

  it('share no idempotency keys with another client’s', async () => {
    const mine = await api.post('/v1/try-ons', garment, { ...as('anna'), 'idempotency-key': 'same' });
    const other = await api.post(
      '/v1/try-ons',
      { ...garment, imageCount: 2 },
      { ...as('ben'), 'idempotency-key': 'same' },
    );
    expect([mine.status, other.status]).toEqual([202, 202]);
    expect(mine.body.id).not.toBe(other.body.id);
  });

  it('are listed by cursors that no other client, and no other question, can use', async () => {
    await api.post('/v1/try-ons', garment, as('anna'));
    const first = await api.request('/v1/try-ons?limit=1', { headers: as('anna') });
    const path = `/v1/try-ons?limit=1&cursor=${first.body.nextCursor}`;
    expect((await api.request(path, { headers: as('anna') })).status).toBe(200);
    expect((await api.request(path, { headers: as('ben') })).status).toBe(400);
    expect((await api.request(path, { headers: as('admin') })).status).toBe(400);
    expect((await api.request(`${path}&order=asc`, { headers: as('anna') })).status).toBe(400);
    expect((await api.request(`${path}&status=failed`, { headers: as('anna') })).status).toBe(400);
  });

  it('are billed twice only by an admin’s word', async () => {
    const { body } = await api.post('/v1/try-ons', garment, as('anna'));
    await fail(api.database, body.id);
    const path = `/v1/try-ons/${body.id}/retry`;
    const asked = await api.post(path, { mayBillTwice: true }, as('anna'));
    expect(asked).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await api.post(path, { mayBillTwice: true }, as('admin'))).status).toBe(200);
  });

  it('name who caused what', async () => {
    const { body } = await api.post('/v1/try-ons', garment, as('anna'));
    await api.request(`/v1/try-ons/${body.id}/cancel`, { method: 'POST', headers: as('admin') });
    const timeline = await api.request(`/v1/try-ons/${body.id}/timeline`, { headers: as('anna') });
    expect(timeline.body.data).toMatchObject([
      { kind: 'try_on.queued', actor: 'anna' },
      { kind: 'try_on.canceled', actor: 'ada' },
    ]);
  });
});

describe('the log', () => {
  it('has one line per request with the route, and no path, query or key', async () => {
    const before = api.lines.length;
    await api.request(`/v1/try-ons/try_${'0'.repeat(32)}?wait=5`, { headers: as('anna') });
    await expect.poll(() => api.lines.length).toBe(before + 1);
    const line = api.lines[before] ?? '';
    expect(JSON.parse(line)).toMatchObject({ route: '/v1/try-ons/:id', status: 404, client: 'anna' });
    for (const secret of ['wait', 'try_0', keys.anna]) expect(api.lines.join('')).not.toContain(secret);
  });
});
