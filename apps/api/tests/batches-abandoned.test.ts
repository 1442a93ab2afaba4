import { databaseForFile, eventually, runSql, seedBatchRows } from '@catwalk/testkit';
import { expect, it, vi } from 'vitest';
import { startApi } from './start-api.js';

const database = await databaseForFile();
vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
await startApi(database.url);

it('an API that runs removes every minute what uploads without a key have left', async () => {
  const columns = { upload_token: 'gone', upload_until: new Date(Date.now() - 120_000) };
  await seedBatchRows(database.url, { state: 'receiving', columns });
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  await eventually(async () =>
    expect(
      await runSql(database.url, 'SELECT id FROM catwalk.batch UNION SELECT id FROM catwalk.try_on'),
    ).toEqual([]),
  );
});
