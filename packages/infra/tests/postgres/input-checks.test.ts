import { anna, claimSettings, databaseForFile, runSql, seedAccounts, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  carryJobs,
  claimInputChecks,
  claimJobs,
  forgetInputChecks,
  keepInputCheck,
  listUnchecked,
  noteAlive,
  openDatabase,
  passInputs,
  putBack,
  readAccountRooms,
  readInputChecks,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 10 });
});

const sql = <Row>(text: string, values: unknown[] = []) => runSql<Row>(database.url, text, values);
const beginChecking = () => noteAlive(db, ['input-check'], 60_000);
const endChecking = () =>
  sql(`UPDATE catwalk.lease SET until = clock_timestamp() WHERE name = 'input-check alive'`);
const carriedIds = async () => (await carryJobs(db)).map((job) => job.id);

describe('while somebody looks at inputs', () => {
  it('only jobs whose inputs were checked are carried, and none of the others is in their way', async () => {
    const [first = '', second = '', third = ''] = await seedTryOns(db, 3);
    await beginChecking();
    expect(await carriedIds()).toEqual([]);

    await passInputs(db, [second, third]);
    expect(await carriedIds()).toEqual([second, third]);
    await passInputs(db, [first]);
    expect(await carriedIds()).toEqual([first]);
  });

  it('what was carried before takes no slot and goes back to be looked at', async () => {
    const ids = await seedTryOns(db, 2);
    expect(await carriedIds()).toEqual(ids);
    await passInputs(db, ids.slice(0, 1));
    await beginChecking();

    const claim = await claimJobs(db, ids, claimSettings);
    expect(claim.claimed.map((job) => job.jobId)).toEqual(ids.slice(0, 1));
    expect(claim.withoutSlot).toEqual(ids.slice(1));
    await putBack(db, claim.withoutSlot);
    expect((await listUnchecked(db)).map((job) => job.id)).toEqual(ids.slice(1));
  });

  it('it is told to those who ask why a job waits, until the last one has stopped', async () => {
    expect(await readAccountRooms(db)).toMatchObject({ checksInputs: false });
    await beginChecking();
    expect(await readAccountRooms(db)).toMatchObject({ checksInputs: true });
    await endChecking();
    expect(await readAccountRooms(db)).toMatchObject({ checksInputs: false });
  });
});

describe('when nobody looks any more', () => {
  it('checked or not, jobs are carried in one order, and may be claimed', async () => {
    await beginChecking();
    const other = await seedTryOns(db, 3, { client: 'other' });
    const ids = await seedTryOns(db, 4);
    await passInputs(db, ids.slice(2));
    await endChecking();

    const carried = await carriedIds();
    expect(new Set(carried)).toEqual(new Set([...ids, ...other]));
    expect(carried.slice(0, 2).filter((id) => other.includes(id))).toHaveLength(1);
    expect((await claimJobs(db, carried, claimSettings)).claimed).toHaveLength(7);
  });
});

describe('the jobs to be looked at', () => {
  it('are those whose turn is near, and no more', async () => {
    const backlog = await seedTryOns(db, 150);
    expect((await listUnchecked(db)).map((job) => job.id)).toEqual(backlog.slice(0, 100));

    await passInputs(db, backlog.slice(0, 90));
    expect((await listUnchecked(db)).map((job) => job.id)).toEqual(backlog.slice(90, 100));
  });

  it('are urgent ones too, however many others were looked at before them', async () => {
    const backlog = await seedTryOns(db, 150, { priority: 2 });
    await passInputs(db, backlog);
    const urgent = await seedTryOns(db, 2, { priority: 0 });
    expect((await listUnchecked(db)).map((job) => job.id)).toEqual(urgent);
  });

  it('are none that may not start', async () => {
    await seedTryOns(db, 1, { expiresAt: new Date(0) });
    const [deferred] = await seedTryOns(db, 1);
    await sql(`UPDATE catwalk.try_on SET due_at = clock_timestamp() + interval '1 hour' WHERE id = $1`, [
      deferred,
    ]);
    await seedTryOns(db, 1, { email: 'nobody@example.com' });
    expect(await listUnchecked(db)).toEqual([]);
  });
});

describe('a look', () => {
  const want = (since: Date | null = null) => claimInputChecks(db, [{ key: 'k', since }], 60_000);
  const later = (interval: string) =>
    sql(
      `UPDATE catwalk.input_check SET look_at = look_at - $1::interval, checked_at = checked_at - $1::interval`,
      [interval],
    );
  const read = async () => (await readInputChecks(db, ['k']))[0];

  it('is taken by one of many who want it at the same moment', async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, () => want()));
    expect(claims.flat()).toEqual([{ key: 'k', tries: 0 }]);
    expect(await read()).toMatchObject({ result: null });
  });

  it('is taken again when it came to nothing, and counts its tries', async () => {
    await want();
    await later('1 minute');
    expect(await want()).toEqual([{ key: 'k', tries: 0 }]);
    await keepInputCheck(db, 'k', { result: null, reason: 'busy', againInMs: 1_000 });
    expect(await want()).toEqual([]);
    await later('1 second');
    expect(await want()).toEqual([{ key: 'k', tries: 1 }]);
  });

  it('is remembered for an hour, and then made anew', async () => {
    await want();
    await keepInputCheck(db, 'k', { result: 'bad', reason: 'gone' });
    expect(await read()).toMatchObject({ result: 'bad', reason: 'gone', checkedAt: expect.any(Date) });
    await later('59 minutes');
    expect(await want()).toEqual([]);
    await later('1 minute');
    expect(await read()).toBeUndefined();
    expect(await want()).toEqual([{ key: 'k', tries: 0 }]);
  });

  it('that found something bad is made anew for a person who asks again after it, a good one is not', async () => {
    await want();
    await keepInputCheck(db, 'k', { result: 'bad', reason: 'gone' });
    await later('1 minute');
    const since = (await read())?.checkedAt ?? new Date(0);
    expect(await want(since)).toEqual([]);
    expect(await want(new Date(since.getTime() + 1))).toHaveLength(1);
    await keepInputCheck(db, 'k', { result: 'good', reason: null });
    await later('1 minute');
    expect(await want(new Date(Date.now() + 60_000))).toEqual([]);
  });

  it('is forgotten when it is no longer remembered', async () => {
    await want();
    await keepInputCheck(db, 'k', { result: 'good', reason: null });
    await forgetInputChecks(db);
    expect(await read()).toBeDefined();
    await later('62 minutes');
    await forgetInputChecks(db);
    expect(await sql('SELECT key FROM catwalk.input_check')).toEqual([]);
  });
});
