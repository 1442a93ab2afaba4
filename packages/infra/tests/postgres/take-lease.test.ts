import { databaseForFile, eventually } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { openDatabase, shortenLease, takeLease } from '../../src/postgres/index.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());

describe('a lease', () => {
  it('is taken by one of many at the same moment', async () => {
    const taken = await Promise.all(Array.from({ length: 16 }, () => takeLease(db, 'one', 60_000)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('is one of its own for each piece of work', async () => {
    expect(await takeLease(db, 'two', 60_000)).toBe(true);
    expect(await takeLease(db, 'three', 60_000)).toBe(true);
    expect(await takeLease(db, 'two', 60_000)).toBe(false);
  });

  it('is free again when its time is over', async () => {
    await takeLease(db, 'four', 30);
    await eventually(async () => expect(await takeLease(db, 'four', 60_000)).toBe(true));
    expect(await takeLease(db, 'four', 60_000)).toBe(false);
  });

  it('can be shortened by whoever came to nothing', async () => {
    await takeLease(db, 'five', 60_000);
    await shortenLease(db, 'five', 0);
    expect(await takeLease(db, 'five', 60_000)).toBe(true);
  });
});
