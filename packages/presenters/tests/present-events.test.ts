import { eventSchema, EVENT_TYPES as PUBLIC_TYPES } from '@catwalk/contract';
import { EVENT_TYPES } from '@catwalk/core';
import {
  judgeJob,
  listEvents,
  openDatabase,
  readAccountRooms,
  sequenceEvents,
  tellEvents,
} from '@catwalk/infra/postgres';
import { databaseForFile, seedBatch, seedTryOns } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { presentEvents } from '../src/index.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
afterAll(() => db.close());

describe('events as they are told', () => {
  it('have the types that the contract names', () => {
    expect(PUBLIC_TYPES).toEqual(EVENT_TYPES);
  });

  it('bring along the job or the batch as it is now, and nothing where there is none', async () => {
    const [id = ''] = await seedTryOns(db, 1);
    const batch = await seedBatch(db, 1);
    await judgeJob(db, { jobId: id, actor: 'shop', event: { type: 'canceled-by-client' } });
    await tellEvents(db.prisma, [
      { type: 'batch.finished', client: 'shop', batchId: batch.id, actor: 'worker' },
      { type: 'try_on.succeeded', client: 'shop', tryOnId: 'try_gone', actor: 'worker' },
    ]);
    while ((await sequenceEvents(db)) > 0);
    const filter = { types: null, batchId: null, tryOnId: null };
    const { rows } = await listEvents(db, 'shop', { after: 0n, limit: 100, filter });
    const rooms = await readAccountRooms(db);
    const events = await presentEvents(db, rows, { rooms, livemode: false, imagePrice: null });
    for (const event of events) expect(eventSchema.parse(event)).toEqual(event);
    const shown = new Map(events.map((event) => [event.type, event]));
    expect(shown.get('try_on.canceled')).toMatchObject({
      tryOnId: id,
      data: { object: 'try_on', id, status: 'canceled' },
    });
    // What it tells of is older than what it shows.
    expect(
      events.find((event) => event.tryOnId === id && event.type === 'try_on.queued')?.data,
    ).toMatchObject({
      status: 'canceled',
    });
    expect(shown.get('batch.finished')?.data).toMatchObject({ object: 'batch', id: batch.id });
    expect(shown.get('try_on.succeeded')?.data).toBeNull();
  });
});
