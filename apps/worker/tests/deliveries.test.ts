import type { ServerResponse } from 'node:http';
import {
  carryDeliveries,
  changeWebhookEndpoint,
  findDelivery,
  insertTryOns,
  makeId,
  sequenceEvents,
} from '@catwalk/infra/postgres';
import {
  describeOnEachBackend,
  eventually,
  newTryOn,
  type Received,
  type Receiver,
  runSql,
  seedEndpoint,
  seedTryOns,
  startReceiver,
} from '@catwalk/testkit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage, untilAll } from './start-stage.js';

const POSTS = { timeoutMs: 8_000 };

describeOnEachBackend('deliveries', ({ redisUrl }) => {
  const getStage = createStage(redisUrl);
  let stage: Stage;
  let receiver: Receiver;
  let other: Receiver;
  beforeAll(async () => {
    stage = await getStage();
    [receiver, other] = await Promise.all([startReceiver(), startReceiver()]);
  });
  beforeEach(async () => {
    await stage.reset();
    receiver.forget();
    other.forget();
  });
  afterAll(async () => {
    await stage.stopWorkers();
    await Promise.all([receiver.close(), other.close()]);
  });
  const start = (more = {}) => stage.startWorker({ ALLOW_PRIVATE_ADDRESSES: 'on', ...more });
  const allDue = () =>
    runSql(stage.db.url, `UPDATE catwalk.delivery SET due_at = now() WHERE state = 'pending'`);
  const deliveries = async () => stage.db.prisma.delivery.findMany({ orderBy: { id: 'asc' } });
  const typesAt = (at: Receiver) => at.received.map(({ body }) => JSON.parse(body).type);

  describe('an endpoint', () => {
    it('is told every event of its client, signed, each with the job as it is', async () => {
      const { secret } = await seedEndpoint(stage.db, `${receiver.url}/hook?token=x`);
      await start();
      const [id] = await seedTryOns(stage.db, 1);
      await seedTryOns(stage.db, 1, { client: 'another' });
      const wanted = ['try_on.queued', 'try_on.submitted', 'try_on.processing', 'try_on.succeeded'];
      await eventually(() => expect(typesAt(receiver).sort()).toEqual(expect.arrayContaining(wanted)), POSTS);
      expect(new Set(receiver.received.map(({ body }) => JSON.parse(body).tryOnId))).toEqual(new Set([id]));
      for (const { headers, body, path } of receiver.received) {
        const event = new Webhook(secret).verify(body, headers as Record<string, string>);
        expect(event).toMatchObject({ id: headers['webhook-id'], object: 'event', livemode: false });
        expect([path, headers['content-type']]).toEqual(['/hook?token=x', 'application/json']);
      }
      const last = receiver.received.find(({ body }) => body.includes('"type":"try_on.succeeded"'));
      expect(JSON.parse(last?.body ?? '').data).toMatchObject({ id, object: 'try_on', status: 'succeeded' });
      await eventually(async () =>
        expect(await deliveries()).toMatchObject(receiver.received.map(() => DELIVERED)),
      );
      expect(stage.lines.join('')).not.toContain('token=x');
      expect(stage.lines.join('')).not.toContain(secret);
    });

    it('is told the types alone that it asked for; an admin’s of all clients if it asked', async () => {
      await seedEndpoint(stage.db, receiver.url, { types: ['try_on.succeeded'] });
      const admin = { client: 'ada', admin: true, types: ['try_on.succeeded', 'account.paused'] };
      await seedEndpoint(stage.db, `${other.url}/own`, admin);
      await seedEndpoint(stage.db, `${other.url}/all`, { ...admin, allClients: true });
      await start();
      const ids = await seedTryOns(stage.db, 2);
      await runSql(
        stage.db.url,
        `INSERT INTO catwalk.event_outbox (type, account, actor, at) VALUES ('account.paused', 'anna', 'test', now())`,
      );
      await untilAll(stage, ids, 'succeeded');
      await eventually(() => expect(typesAt(receiver)).toEqual(Array(2).fill('try_on.succeeded')), POSTS);
      const at = (path: string) =>
        other.received.flatMap((one) => (one.path === path ? JSON.parse(one.body).type : [])).sort();
      await eventually(() => {
        expect(at('/all')).toEqual(['account.paused', 'try_on.succeeded', 'try_on.succeeded']);
        expect(at('/own')).toEqual(['account.paused']);
      }, POSTS);
    });

    it('that was down for an hour gets everything, each repeat with the same webhook-id', async () => {
      await seedEndpoint(stage.db, receiver.url, { types: ['try_on.queued'] });
      await start();
      receiver.answer((response) => response.writeHead(503).end('down'));
      await seedTryOns(stage.db, 12);
      for (let tries = 1; tries <= 4; tries += 1) {
        await eventually(async () => {
          const rows = await deliveries();
          expect(
            rows.map(({ attempts, sendingUntil, carriedAt }) => [attempts, sendingUntil, carriedAt]),
          ).toEqual(Array(12).fill([tries, null, null]));
        }, POSTS);
        if (tries === 4) receiver.answer((response) => response.end('ok'));
        await allDue();
      }
      await eventually(
        async () => expect(await deliveries()).toMatchObject(Array(12).fill(DELIVERED)),
        POSTS,
      );
      const times = new Map<unknown, number>();
      for (const { headers } of receiver.received)
        times.set(headers['webhook-id'], (times.get(headers['webhook-id']) ?? 0) + 1);
      expect([...times.values()]).toEqual(Array(12).fill(5));
      expect(await stage.db.prisma.webhookEndpoint.findFirst()).toMatchObject({
        state: 'enabled',
        failingSince: null,
      });
    });

    it('that answers 410 is disabled at once, what waits is canceled, and others are told', async () => {
      const gone = await seedEndpoint(stage.db, receiver.url, { types: ['try_on.queued'] });
      await seedEndpoint(stage.db, other.url, { types: ['webhook_endpoint.disabled'] });
      receiver.answer((response, { body }) => response.writeHead(410).end(body.slice(0, 0)));
      await start();
      await seedTryOns(stage.db, 50);
      await eventually(() => expect(typesAt(other)).toEqual(['webhook_endpoint.disabled']), POSTS);
      const [told] = other.received.map(({ body }) => JSON.parse(body));
      expect(told.details).toMatchObject({ webhookEndpointId: gone.id, reason: 'gone' });
      await eventually(async () => {
        const states = (await deliveries()).flatMap(({ endpointId, state }) =>
          endpointId === gone.id ? state : [],
        );
        expect(states).toHaveLength(50);
        expect(new Set(states)).toEqual(new Set(['failed', 'canceled']));
      }, POSTS);
    });

    it('that has failed for days is disabled when a delivery has no try left, and goes on when it is enabled', async () => {
      const { id } = await seedEndpoint(stage.db, receiver.url, { types: ['try_on.queued'] });
      await start();
      receiver.answer((response) => response.writeHead(500).end());
      await seedTryOns(stage.db, 2);
      await eventually(
        async () => expect(await deliveries()).toMatchObject([{ attempts: 1 }, { attempts: 1 }]),
        POSTS,
      );
      await runSql(
        stage.db.url,
        `UPDATE catwalk.delivery SET attempts = 12, due_at = now() WHERE id = (SELECT min(id) FROM catwalk.delivery)`,
      );
      await runSql(
        stage.db.url,
        `UPDATE catwalk.webhook_endpoint SET failing_since = now() - interval '50 hours'`,
      );
      await eventually(
        async () =>
          expect(await stage.db.prisma.webhookEndpoint.findUnique({ where: { id } })).toMatchObject({
            state: 'disabled',
            stateReason: 'failing',
          }),
        POSTS,
      );
      await allDue();
      const before = receiver.received.length;
      receiver.answer((response) => response.end());
      await changeWebhookEndpoint(stage.db, null, id, { state: 'enabled' });
      await eventually(
        async () =>
          expect((await deliveries()).map(({ state }) => state).sort()).toEqual(['delivered', 'failed']),
        POSTS,
      );
      expect(receiver.received).toHaveLength(before + 1);
    });
  });

  it('a delivery whose worker died while sending is sent again, with the same webhook-id', async () => {
    await seedEndpoint(stage.db, receiver.url, { types: ['try_on.queued'] });
    const hanging: ServerResponse[] = [];
    receiver.answer((response) => hanging.push(response));
    await start();
    await seedTryOns(stage.db, 1);
    await eventually(() => expect(receiver.received).toHaveLength(1), POSTS);
    // It never says what came of it: to the others it is as dead as one that was killed.
    await stage.db.prisma.delivery.updateMany({ data: { sendingUntil: new Date(0) } });
    receiver.answer((response) => response.end());
    await eventually(async () => expect(await deliveries()).toMatchObject([DELIVERED]), POSTS);
    for (const response of hanging) response.destroy();
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  it('one that hangs does not slow another by more than a tenth', async () => {
    await start();
    const EVENTS = 300;
    const tookMs = async (hangs: boolean) => {
      receiver.forget();
      other.forget();
      const hanging: ServerResponse[] = [];
      if (hangs) other.answer((response) => hanging.push(response));
      // Those of the round before.
      await stage.db.prisma.webhookEndpoint.updateMany({ data: { state: 'disabled' } });
      const path = `/${makeId('evt')}`;
      for (const { url } of [receiver, other])
        await seedEndpoint(stage.db, `${url}${path}`, { types: ['try_on.queued'] });
      const reached = (at: Receiver) => at.received.filter((one) => one.path === path).length;
      const startedAt = performance.now();
      await seedTryOns(stage.db, EVENTS, { email: 'nobody@example.com' });
      await eventually(() => {
        expect(reached(receiver)).toBe(EVENTS);
        // As many as may be in flight to one.
        expect(reached(other)).toBe(hangs ? 32 : EVENTS);
      }, POSTS);
      for (const response of hanging) response.destroy();
      return (receiver.received.at(-1)?.atMs ?? 0) - startedAt;
    };
    await tookMs(false);
    const quick = Math.min(await tookMs(false), await tookMs(false));
    const beside = Math.min(await tookMs(true), await tookMs(true));
    expect(beside).toBeLessThan(1.1 * quick);
  });

  it('what the queue lost is found again', async () => {
    await seedEndpoint(stage.db, receiver.url, { types: ['try_on.queued'] });
    await seedTryOns(stage.db, 3);
    const context = await stage.context();
    await sequenceEvents(context.db);
    expect((await carryDeliveries(context.db)).jobs).toHaveLength(3);
    await Promise.all([context.lanes.close(), context.db.close()]);
    await start();
    await eventually(async () => expect(await deliveries()).toMatchObject(Array(3).fill(DELIVERED)), POSTS);
    expect(stage.lines.some((line) => line.includes('lane.recovered'))).toBe(true);
  });

  it('a job’s replyUrl is told the provider’s model with its replyRef when it is final', async () => {
    await start();
    const replyUrl = `${receiver.url}/reply?job=1`;
    const [id = ''] = await seedTryOns(stage.db, 1, { replyUrl, replyRef: 'mine' });
    await eventually(() => expect(receiver.received).toHaveLength(1), POSTS);
    const [{ headers, body, path }] = receiver.received as [Received];
    expect(path).toBe('/reply?job=1');
    expect(JSON.parse(body)).toMatchObject({
      replyRef: 'mine',
      status_name: 'succeed',
      status_final: true,
      task: { status_name: 'succeed' },
      works: [{ resource: { resource: expect.stringContaining('http') } }],
    });
    expect(headers['webhook-id']).toMatch(/^evt_[0-9a-f]{32}$/);
    expect(headers['webhook-signature']).toBe(undefined);
    await eventually(async () =>
      expect(await deliveries()).toMatchObject([{ ...DELIVERED, kind: 'reply', tryOnId: id }]),
    );
  });

  it('ALERT_URL is told in one sentence, may lie in one’s own network, and is never logged whole', async () => {
    const url = `${receiver.url}/services/T0/secret-of-the-channel`;
    await start({ ALERT_URL: url, ALLOW_PRIVATE_ADDRESSES: 'off' });
    await eventually(async () =>
      expect(await stage.db.prisma.setting.count({ where: { key: 'alerted_position' } })).toBe(1),
    );
    await runSql(
      stage.db.url,
      `INSERT INTO catwalk.event_outbox (type, account, actor, data, at)
       VALUES ('account.paused', 'anna@example.com', 'provider', '{"reason": "no credits"}', now())`,
    );
    await eventually(() => expect(receiver.received).toHaveLength(1), POSTS);
    const [{ path, headers, body }] = receiver.received as [Received];
    expect(path).toBe('/services/T0/secret-of-the-channel');
    expect(JSON.parse(body)).toEqual({
      text: 'Catwalk (sandbox): Account anna@example.com is paused: no credits',
    });
    expect(headers['webhook-signature']).toBe(undefined);
    await eventually(async () => expect(await deliveries()).toMatchObject([{ ...DELIVERED, kind: 'alert' }]));
    expect(stage.lines.join('')).not.toContain('secret-of-the-channel');
  });

  it('an address in a private network is sent nothing, and its delivery says why', async () => {
    await seedEndpoint(stage.db, receiver.url, { types: ['try_on.queued'] });
    await start({ ALLOW_PRIVATE_ADDRESSES: 'off' });
    await insertTryOns(stage.db, [newTryOn()]);
    await eventually(async () => {
      const [row] = await deliveries();
      expect(await findDelivery(stage.db, 'shop', row?.id ?? '')).toMatchObject({
        state: 'pending',
        attempts: 1,
        lastStatus: null,
        lastError: 'the address lies in a private network',
      });
    }, POSTS);
    expect(receiver.received).toEqual([]);
  });

  it('of what was answered the first 2 KB are kept, as text that can be stored', async () => {
    await seedEndpoint(stage.db, receiver.url, { types: ['try_on.queued'] });
    receiver.answer((response) => response.end(`a\0${'é'.repeat(5_000)}`));
    await start();
    await seedTryOns(stage.db, 1);
    await eventually(async () => expect(await deliveries()).toMatchObject([DELIVERED]), POSTS);
    const [row] = await deliveries();
    expect(row?.lastResponse?.startsWith('aééé')).toBe(true);
    expect(row?.lastResponse?.length).toBeLessThan(1_100);
  });
});

const DELIVERED = { state: 'delivered', lastStatus: 200, carriedAt: null, sendingUntil: null };
