import { databaseForFile, runSql, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  carryDeliveries,
  carryLostDeliveries,
  claimDeliveries,
  countCarriedDeliveries,
  findWebhookEndpoint,
  listDeliveries,
  openDatabase,
  redeliverOne,
  redeliverSince,
  releaseDeliveries,
  saveDeliveries,
  sequenceEvents,
  tidyDeliveries,
} from '../../src/postgres/index.js';
import { recordPlans, scannedTables } from './record-plans.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2, keepsPlans: true });
afterAll(() => db.close());
const plain = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => plain.close());

/** 1,000 endpoints of 500 clients, 100,000 events with a delivery each; every tenth waits. */
beforeAll(async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.webhook_endpoint (id, client, url, secret, state_since, created_at, updated_at)
     SELECT 'whe_' || n, 'client' || n % 500, 'https://a.example', 'whsec_', now(), now(), now() FROM generate_series(1, 1000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.published_event (id, type, client, actor, at)
     SELECT 'evt_' || n, 'try_on.succeeded', 'client' || n % 500, 'worker', now() - (100000 - n) * interval '1 second'
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.delivery (id, kind, target, endpoint_id, client, event_position, event_id, event_type, state, due_at,
       created_at)
     SELECT 'del_' || lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || lpad(n::text, 20, '0'), 'endpoint',
       'whe_' || 1 + n % 1000, 'whe_' || 1 + n % 1000, 'client' || (1 + n % 1000) % 500, n, 'evt_' || n, 'try_on.succeeded',
       CASE n % 10 WHEN 0 THEN 'pending' ELSE 'delivered' END, now(), now()
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    'VACUUM ANALYZE catwalk.webhook_endpoint, catwalk.published_event, catwalk.delivery',
  );
});

const watched = ['delivery', 'published_event', 'webhook_endpoint', 'try_on', 'attempt'];
const scanned = (plans: Parameters<typeof scannedTables>[0][]) =>
  plans.flatMap(scannedTables).filter((table) => watched.includes(table));

describe('at 100,000 deliveries no large table is read through by', () => {
  it('the way of a delivery from its event to its end', async () => {
    const recorded = recordPlans(db);
    await seedTryOns(db, 3, { client: 'client7', replyUrl: 'https://b.example/x' });
    const carried: string[] = [];
    await sequenceEvents(recorded.db, (jobs) =>
      carried.push(...jobs.map(({ id, carry }) => `${id}-${carry}`)),
    );
    expect(carried).toHaveLength(6);
    const { jobs, taken } = await carryDeliveries(recorded.db);
    expect([jobs.length, taken]).toEqual([3_200, false]);
    const claims = await claimDeliveries(recorded.db, carried, 35_000);
    expect(claims).toHaveLength(6);
    const outcomes = claims.map((claimed) => ({
      claimed,
      verdict: { kind: 'again', inMs: 5_000 } as const,
      status: 500,
      error: null,
      response: null,
    }));
    await saveDeliveries(recorded.db, outcomes);
    await countCarriedDeliveries(recorded.db);
    await releaseDeliveries(recorded.db);
    await carryLostDeliveries(recorded.db, 60_000);
    await tidyDeliveries(recorded.db);
    expect(recorded.plans).toHaveLength(9);
    expect(scanned(recorded.plans)).toEqual([]);
  });

  it('what is asked about them, and to send them again', async () => {
    const recorded = recordPlans(plain);
    await findWebhookEndpoint(recorded.db, 'client1', 'whe_1');
    const filter = { endpointId: null, tryOnId: null, states: null, kind: null, eventType: null };
    const page = { afterId: null, limit: 50 };
    const lists = [
      await listDeliveries(recorded.db, 'client1', { ...page, filter }),
      await listDeliveries(recorded.db, null, { ...page, filter }),
      await listDeliveries(recorded.db, null, { ...page, filter: { ...filter, endpointId: 'whe_1' } }),
      await listDeliveries(recorded.db, null, { ...page, filter: { ...filter, tryOnId: 'try_1' } }),
    ];
    expect(lists.map(({ rows }) => rows.length)).toEqual([50, 50, 50, 0]);
    await redeliverOne(recorded.db, null, lists[0]?.rows[0]?.id ?? '');
    const since = new Date(Date.now() - 3_600_000);
    expect(await redeliverSince(recorded.db, 'whe_1', { since, again: true })).toBeGreaterThan(0);
    expect(scanned(recorded.plans)).toEqual([]);
  });
});
