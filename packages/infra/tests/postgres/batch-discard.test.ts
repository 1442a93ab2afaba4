import { databaseForFile, runSql, seedBatch } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cancelBatch, discardAbandoned, discardBatch, openDatabase } from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 12 });
afterAll(() => db.close());
beforeEach(() => emptyTables(database.url));

const rows = async () => [await db.prisma.batch.count(), await db.prisma.tryOn.count()];
/** As a discard marks it before it removes the rows. */
const marked = (until: string) =>
  `idempotency_key = NULL, upload_token = NULL, upload_until = now() + interval '${until}'`;
/** A batch that is being received, with some columns of its upload. */
async function seedUpload(columns: string) {
  const batch = await seedBatch(db, 3, { state: 'receiving' });
  await runSql(database.url, `UPDATE catwalk.batch SET ${columns} WHERE id = $1`, [batch.id]);
  return batch.id;
}

describe('discarding an upload', () => {
  it('removes its batch with all its rows', async () => {
    const batchId = await seedUpload("idempotency_key = 'k', upload_token = 'mine'");
    await discardBatch(db, { batchId, token: 'mine' });
    expect(await rows()).toEqual([0, 0]);
  });

  it('leaves the batch alone that another upload has taken over', async () => {
    const batchId = await seedUpload("idempotency_key = 'k', upload_token = 'newer'");
    await discardBatch(db, { batchId, token: 'stale' });
    expect(await rows()).toEqual([1, 3]);
  });

  it('that was broken off half way cannot be canceled any more: the batch is gone', async () => {
    const batchId = await seedUpload(marked('10 minutes'));
    expect(await cancelBatch(db, batchId, { actor: 'ada' })).toEqual({ kind: 'missing' });
    expect(await db.prisma.batch.findMany()).toMatchObject([{ state: 'receiving' }]);
  });

  it('is completed by whoever looks for what was left behind', async () => {
    await seedUpload(marked('-2 minutes'));
    await discardAbandoned(db);
    expect(await rows()).toEqual([0, 0]);
  });
});

describe('looking for what was left behind', () => {
  it.each([
    [
      'an upload without a key whose process is gone',
      0,
      "upload_token = 't', upload_until = now() - interval '2 minutes'",
    ],
    [
      'one whose lease is over just now',
      1,
      "upload_token = 't', upload_until = now() - interval '30 seconds'",
    ],
    ['one that somebody can complete', 1, "idempotency_key = 'k', upload_until = now() - interval '1 day'"],
  ])('finds %s: %s are left', async (_, left, columns) => {
    await seedUpload(columns);
    await discardAbandoned(db);
    expect(await rows()).toEqual([left, 3 * left]);
  });

  it('leaves an upload alone that shows life while others are removed', async () => {
    const gone = "upload_token = 't', upload_until = now() - interval '2 minutes'";
    await seedUpload(gone);
    const alive = await seedUpload(gone);
    // Its lease is renewed at the moment at which the first one is marked, after both were found.
    await runSql(
      database.url,
      `CREATE FUNCTION catwalk.renew_other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.upload_token IS NULL AND NEW.id <> '${alive}' THEN
           UPDATE catwalk.batch SET upload_until = now() + interval '10 seconds' WHERE id = '${alive}';
         END IF;
         RETURN NULL; END $$`,
    );
    await runSql(
      database.url,
      'CREATE TRIGGER renew_other AFTER UPDATE ON catwalk.batch FOR EACH ROW EXECUTE FUNCTION catwalk.renew_other()',
    );
    try {
      await discardAbandoned(db);
    } finally {
      await runSql(database.url, 'DROP TRIGGER renew_other ON catwalk.batch');
      await runSql(database.url, 'DROP FUNCTION catwalk.renew_other()');
    }
    expect(await db.prisma.batch.findMany()).toMatchObject([{ id: alive, uploadToken: 't' }]);
  });
});
