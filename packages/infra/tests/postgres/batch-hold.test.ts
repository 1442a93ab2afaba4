import {
  anna,
  claimSettings,
  databaseForFile,
  runSql,
  seedAccounts,
  seedBatch,
  seedTryOns,
} from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  carryJobs,
  claimJobs,
  findTryOn,
  forgetTurns,
  listUnchecked,
  openDatabase,
  pauseBatch,
  resumeBatch,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 12 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 50 });
});

const by = { actor: 'ada' };
const sql = <Row>(text: string, values: unknown[] = []) => runSql<Row>(database.url, text, values);
const claim = (ids: readonly string[]) => claimJobs(db, ids, claimSettings);
const carried = async () => (await carryJobs(db)).map((job) => job.id);
const attempts = () => db.prisma.attempt.count();
const carriedRows = () => db.prisma.tryOn.count({ where: { carriedAt: { not: null } } });

describe('jobs of a batch that is', () => {
  it.each(['receiving', 'paused', 'canceling'])(
    '%s are neither carried nor looked at, nor claimed',
    async (state) => {
      const { ids } = await seedBatch(db, 5, { state });
      const [other] = await seedTryOns(db, 1);

      expect((await listUnchecked(db)).map((job) => job.id)).toEqual([other]);
      expect(await carried()).toEqual([other]);
      expect(await claim(ids)).toMatchObject({ claimed: [], withoutSlot: ids });
    },
  );

  it.each(['running', 'finished', 'canceled'])('%s are carried and claimed', async (state) => {
    const { ids } = await seedBatch(db, 5, { state });

    expect((await listUnchecked(db)).map((job) => job.id)).toEqual(ids);
    expect(await carried()).toEqual(ids);
    expect((await claim(ids)).claimed).toHaveLength(5);
  });
});

describe('while its pilot runs', () => {
  it('nothing but the pilot of a batch is carried or claimed', async () => {
    const { ids, pilotIds } = await seedBatch(db, 30, { pilot: 3 });
    const others = ids.filter((id) => !pilotIds.includes(id));

    expect(await carried()).toEqual(pilotIds);
    const claimed = await claim(ids);
    expect(claimed.claimed.map((job) => job.jobId)).toEqual(pilotIds);
    expect(claimed.withoutSlot).toEqual(others);
  });

  it('a pause holds the pilot too, and when it is resumed the others still wait', async () => {
    const { id, pilotIds } = await seedBatch(db, 30, { pilot: 3 });
    await pauseBatch(db, id, by);
    expect(await carried()).toEqual([]);

    await resumeBatch(db, id, by);

    expect(await carried()).toEqual(pilotIds);
  });

  it('it has the turns of its batch, which are kept while it waits', async () => {
    await seedAccounts(db, { [anna]: 10 });
    const { id } = await seedBatch(db, 30, { pilot: 20 });
    const single = await seedTryOns(db, 20);
    await sql(`UPDATE catwalk.batch SET piloting = false`);

    const first = await carried();
    await forgetTurns(db);

    expect(first.filter((job) => single.includes(job))).toHaveLength(5);
    expect(await sql('SELECT flow FROM catwalk.turn ORDER BY flow')).toEqual([{ flow: '' }, { flow: id }]);
    await sql(`DELETE FROM catwalk.try_on WHERE flow NOT LIKE '% pilot'`);
    await forgetTurns(db);
    expect(await sql('SELECT flow FROM catwalk.turn')).toEqual([{ flow: id }]);
  });
});

describe.each([
  ['pause', pauseBatch],
  ['cancel', cancelBatch],
])('a %s of a batch', (_what, hold) => {
  it('is answered only when no claim of its jobs commits any more, however many are under way', async () => {
    const { id, ids } = await seedBatch(db, 48);
    let held = false;
    const claimers = Array.from({ length: 8 }, async (_, n) => {
      const late: boolean[] = [];
      for (const job of ids.slice(n * 6, n * 6 + 6)) {
        const begunAfter = held;
        const { claimed } = await claim([job]);
        if (begunAfter) late.push(claimed.length > 0);
      }
      return late;
    });
    await hold(db, id, by);
    held = true;
    const committed = await attempts();

    const late = (await Promise.all(claimers)).flat();

    expect(await attempts()).toBe(committed);
    expect(late).not.toContain(true);
    expect(committed).toBeLessThan(48);
  });

  it('takes what was carried out of the lanes, and leaves the jobs of others there', async () => {
    const { id, ids } = await seedBatch(db, 5);
    const others = await seedTryOns(db, 3);
    await carryJobs(db);

    await hold(db, id, by);

    expect(await carriedRows()).toBe(3);
    expect(await carried()).toEqual([]);
    const { claimed, withoutSlot } = await claim([...ids, ...others]);
    expect([claimed.map((job) => job.jobId), withoutSlot]).toEqual([others, ids]);
  });

  it('holds a job that is carried in the same moment: it is put back when it comes by', async () => {
    const { id, ids } = await seedBatch(db, 2);
    await hold(db, id, by);
    await sql('UPDATE catwalk.try_on SET carried_at = clock_timestamp()');

    expect((await claim(ids)).withoutSlot).toEqual(ids);
  });
});

it('what holds a job is shown by the job', async () => {
  const { id, ids, pilotIds } = await seedBatch(db, 2, { pilot: 1 });
  await pauseBatch(db, id, by);
  const shown = { state: 'paused', pauseReason: 'person', pauseDetail: null, piloting: true };

  const other = await findTryOn(db, null, ids[1] ?? '');
  const pilot = await findTryOn(db, null, pilotIds[0] ?? '');

  expect(other?.batch).toEqual({ ...shown, isPilot: false, stateSince: expect.any(Date) });
  expect(pilot?.batch).toMatchObject({ ...shown, isPilot: true });
  const [single] = await seedTryOns(db, 1);
  expect((await findTryOn(db, null, single ?? ''))?.batch).toBeNull();
});
