import { databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, readLastPosition } from '../../src/postgres/index.js';
import { listEventsStatement } from '../../src/postgres/list-events.js';
import { recordPlans, scannedTables } from './record-plans.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => db.close());

/** 100,000 events, half of them one client's, and of one hour. */
beforeAll(async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.published_event (id, type, client, try_on_id, batch_id, actor, data, at)
     SELECT 'evt_' || n, (ARRAY['try_on.queued', 'try_on.succeeded'])[1 + n % 2],
       CASE n % 2 WHEN 0 THEN 'large' ELSE 'client' || n % 20 END, 'try_' || n, 'bat_' || n % 100, 'worker', '{}', now()
     FROM generate_series(1, 100000) n`,
  );
  await runSql(database.url, 'VACUUM ANALYZE catwalk.published_event');
});

const filters = {
  everything: { types: null, batchId: null, tryOnId: null },
  'a type': { types: ['try_on.succeeded'], batchId: null, tryOnId: null },
  'a batch': { types: null, batchId: 'bat_7', tryOnId: null },
  'a try-on': { types: null, batchId: null, tryOnId: 'try_99000' },
};

describe('at 100,000 events the log is not read through for', () => {
  it.each(
    ['large', 'client1', null].flatMap((viewer) =>
      Object.keys(filters).flatMap((name) =>
        [0n, 50_000n, 99_990n].map((after) => ({ viewer, name, after })),
      ),
    ),
  )('$name of $viewer behind $after', async ({ viewer, name, after }) => {
    const filter = filters[name as keyof typeof filters];
    const { db: recorded, plans } = recordPlans(db);
    const statement = listEventsStatement(viewer, { after, limit: 200, filter });
    await recorded.prisma.$queryRaw`${statement}`;
    expect(plans).toHaveLength(1);
    expect(plans.flatMap(scannedTables)).toEqual([]);
  });

  it.each(['large', 'client1', null])('the last position of %s', async (viewer) => {
    const { db: recorded, plans } = recordPlans(db);
    expect(await readLastPosition(recorded, viewer)).toBeGreaterThan(99_900n);
    expect(plans.flatMap(scannedTables)).toEqual([]);
  });
});
