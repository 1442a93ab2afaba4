import { randomBytes } from 'node:crypto';
import {
  canary,
  describeOnEachBackend,
  eventually,
  findCanaries,
  runSql,
  sendImage,
  startImageServer,
} from '@catwalk/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Answer } from './create-client.js';
import { untilAllEnded } from './jobs.js';
import { hasRedisServer, type RedisServer, startRedisServer } from './redis-server.js';
import { type System, startSystem } from './start-system.js';

// Every setting and every input that may hold a secret holds one that is recognized wherever it comes out.
const shop = canary('shop-key');
const rival = canary('rival-key');
const admin = canary('admin-key');
const token = canary('provider-token');
const redisPassword = canary('redis-password');
/** Where the signed addresses lead, which are looked at before a slot is used. */
const images = await startImageServer((request, response) => sendImage(request, response));
afterAll(() => images.close());
const as = (key: string) => ({ authorization: `Bearer ${key}` });

describeOnEachBackend('a secret', (backend) => {
  let redis: RedisServer | undefined;
  let system: System;
  const answers: Answer[] = [];
  const own: Answer[] = [];
  const adminUrl = inject('catwalkAdminUrl');
  const role = `catwalk_${randomBytes(8).toString('hex')}`;
  const databasePassword = canary('database-password');

  beforeAll(async () => {
    await runSql(adminUrl, `CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${databasePassword}'`);
    if (backend.name === 'redis') redis = hasRedisServer ? await startRedisServer(redisPassword) : undefined;
    system = await startSystem({
      redisUrl: redis?.url ?? backend.redisUrl,
      simulator: { token, dials: { delayMs: 50, pictures: 'placeholder' } },
      databaseUrl: (url) => withSecrets(url, role, databasePassword),
      // Live, where the real token is used; the provider is the simulator all the same.
      checked: true,
      env: {
        MODE: 'live',
        ALLOW_PRIVATE_ADDRESSES: 'on',
        USEAPI_TOKEN: token,
        CALLBACK_SECRET: `${canary('callback-secret')},${canary('older-callback-secret')}`,
        API_KEYS: `shop:${shop},rival:${rival}`,
        ADMIN_KEYS: `ada:${admin}`,
        LOG_LEVEL: 'trace',
        POLL_INTERVAL_MS: '100',
        CALLBACK_GRACE_MS: '200',
        JOB_DEADLINE_MS: '4000',
      },
    });
    await useEverything();
  }, 60_000);
  afterAll(async () => {
    await system?.close();
    await redis?.stop();
    await runSql(adminUrl, `DROP ROLE IF EXISTS ${role}`);
  });

  it('of a setting or an input never stands in a log of any app, on any level', () => {
    expect(system.lines.length).toBeGreaterThan(50);
    for (const app of ['api', 'webhook', 'worker'])
      expect(system.lines.some((line) => line.includes(`"app":"${app}"`))).toBe(true);
    expect(system.lines.some((line) => line.includes('"input.looked"'))).toBe(true);
    expect(system.lines.filter((line) => findCanaries(line).length > 0)).toEqual([]);
  });

  it('of a setting never stands in an answer; one of an input only where its owner sees it again', () => {
    expect(answers.length).toBeGreaterThan(20);
    const leaks = (some: readonly Answer[]) =>
      some.flatMap(({ text, headers }) => findCanaries(`${text} ${JSON.stringify([...headers])}`));
    expect(leaks(answers)).toEqual([]);
    expect(new Set(leaks(own).map(kindOf))).toEqual(
      new Set([
        'person-url',
        'dress-url',
        'upper-url',
        'lower-url',
        'metadata',
        'custom-id',
        'reply-ref',
        'reply-url',
      ]),
    );
  });

  it('path to the webhook app, with its signature, never stands in a log', async () => {
    const refs = await runSql<{ ref: string }>(
      system.databaseUrl,
      'SELECT reply_ref AS ref FROM catwalk.attempt',
    );
    expect(refs.length).toBeGreaterThan(0);
    const text = system.lines.join('');
    for (const { ref } of refs) expect(text).not.toContain(`${ref}/`);
    expect(text).not.toMatch(/\/callbacks\/(?!…)/);
  });

  /** Good requests, bad ones, strangers', and every kind of trouble with the provider. */
  async function useEverything(): Promise<void> {
    const { simulator } = system;
    const good = await post('/v1/try-ons', secretTryOn(), shop, own);
    expect(good.status).toBe(202);
    const { id } = good.body;
    await post('/v1/kling/images/virtual-try-on', secretTryOn(), shop, own);
    expect((await post('/v1/try-ons', secretTwoPiece(), shop, own)).status).toBe(202);
    await callBackWithoutSignature();
    await refusedRequests(id);
    // Before anything goes wrong, one goes well.
    await eventually(async () => {
      const { body } = await system.get(`/v1/try-ons/${id}`, as(shop));
      expect(body.status).toBe('succeeded');
    });
    for (const [dials, goal] of troubles) {
      simulator.turnDials(dials);
      const { body } = await post('/v1/try-ons', secretTryOn(), shop, own);
      await eventually(() => expect(system.lines.join('')).toMatch(goal(body.id)));
      simulator.turnDials({ ...calm });
    }
    await untilAllEnded(system, system.databaseUrl, { timeoutMs: 30_000, headers: as(admin) });
    await readEverything(id);
  }

  async function refusedRequests(id: string): Promise<void> {
    const stranger = canary('stranger');
    await get('/v1/try-ons', stranger);
    await post('/v1/try-ons', secretTryOn(), stranger);
    await post('/v1/kling/images/virtual-try-on', secretTryOn(), stranger);
    await post('/v1/try-ons', `{"humanImage": "${canary('broken-json')}`, shop);
    await post('/v1/try-ons', { ...secretTryOn(), humanImage: canary('not-an-address') }, shop);
    await post('/v1/try-ons', { ...secretTryOn(), imageCount: canary('count') }, shop);
    await post('/v1/try-ons', { ...secretTryOn(), email: `${canary('nobody')}@example.com` }, shop);
    await post('/v1/try-ons', { ...secretTryOn(), metadata: { key: [canary('value')] } }, shop);
    await post('/v1/kling/images/virtual-try-on', { humanImage: canary('drop-in') }, shop);
    await get(`/v1/try-ons?cursor=${canary('cursor')}`, shop);
    await get(`/v1/try-ons?limit=${canary('limit')}`, shop);
    await get(`/v1/${canary('path')}`, shop);
    await get(`/v1/kling/tasks/${canary('task')}`, shop);
    for (const path of ['', '/timeline']) await get(`/v1/try-ons/${id}${path}`, rival);
    for (const action of ['cancel', 'retry']) await post(`/v1/try-ons/${id}/${action}`, {}, rival);
    await get('/v1/try-ons', rival);
    for (const path of ['/healthz', '/readyz']) await get(path, shop);
  }

  async function callBackWithoutSignature(): Promise<void> {
    const path = `/callbacks/${canary('reply-ref')}/${randomBytes(16).toString('base64url')}`;
    for (const tail of ['', `?token=${canary('query')}`, '/%E0%A4%A'])
      await fetch(`${system.urls.webhook}${path}${tail}`, { method: 'POST', body: canary('body') });
  }

  /** The timeline tells of exchanges with the provider; what it tells is cut, even for the owner. */
  async function readEverything(id: string): Promise<void> {
    await get('/v1/try-ons?limit=200', shop, own);
    const { body } = await get(`/v1/try-ons/${id}`, shop, own);
    expect(body.status).toBe('succeeded');
    const list = await get('/v1/try-ons?limit=200', admin, own);
    for (const job of list.body.data) await get(`/v1/try-ons/${job.id}/timeline`, admin);
  }

  async function post(path: string, body: unknown, key: string, kept = answers): Promise<Answer> {
    const idempotent = { ...as(key), 'idempotency-key': canary('idempotency') };
    const answer = await system.post(path, body, path.startsWith('/v1/kling') ? as(key) : idempotent);
    kept.push(answer);
    return answer;
  }

  async function get(path: string, key: string, kept = answers): Promise<Answer> {
    const answer = await system.get(path, as(key));
    kept.push(answer);
    return answer;
  }
});

const calm = { lostAnswerRate: 0, moderationRate: 0, failureRate: 0, down: 'no', rateLimitRate: 0 } as const;

/** What the provider is made to do, and the log line by which it is seen to have happened. */
const troubles = [
  [{ failureRate: 1 }, (id: string) => new RegExp(`"jobId":"${id}".*"outcome":"accepted"`)],
  [{ moderationRate: 1 }, (id: string) => new RegExp(`"jobId":"${id}".*"outcome":"refused"`)],
  [{ lostAnswerRate: 1 }, (id: string) => new RegExp(`"jobId":"${id}".*"outcome":"unanswered"`)],
  [{ rateLimitRate: 1 }, (id: string) => new RegExp(`"jobId":"${id}".*"outcome":"deferred"`)],
  [{ down: 'destroy' }, () => /"what":"provider"/],
] as const;

function secretTryOn(): Record<string, unknown> {
  return {
    humanImage: `${images.url}/person.jpg?signature=${canary('person-url')}`,
    dressInput: `${images.url}/dress.jpg?signature=${canary('dress-url')}#part`,
    metadata: { order: canary('metadata') },
    customId: canary('custom-id'),
    replyRef: canary('reply-ref'),
    replyUrl: `https://shop.example/done?token=${canary('reply-url')}`,
  };
}

function secretTwoPiece(): Record<string, unknown> {
  const { dressInput: _, ...others } = secretTryOn();
  return {
    ...others,
    upperInput: `${images.url}/upper.jpg?signature=${canary('upper-url')}`,
    lowerInput: `${images.url}/lower.jpg?signature=${canary('lower-url')}#part`,
  };
}

function kindOf(found: string): string {
  return found.slice('canary-'.length, found.lastIndexOf('-'));
}

/** The password, and what an operator writes into the address beside it. */
function withSecrets(address: string, username: string, password: string): string {
  const url = new URL(address);
  Object.assign(url, { username, password });
  url.searchParams.set('application_name', canary('app').slice(0, 63));
  return url.href;
}
