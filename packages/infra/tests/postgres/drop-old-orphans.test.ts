import { databaseForFile, runSql } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { dropOldOrphans, openDatabase } from '../../src/postgres/index.js';

const { url } = await databaseForFile();

it('orphans are kept for seven days and then really deleted; other callbacks are kept', async () => {
  const ages = [
    ['cb_young', 'orphan', '6 days 23 hours 59 minutes'],
    ['cb_old', 'orphan', '7 days 1 minute'],
    ['cb_applied', 'applied', '70 days'],
    ['cb_malformed', 'malformed', '70 days'],
  ] as const;
  for (const [id, decision, age] of ages)
    await runSql(
      url,
      `INSERT INTO catwalk.callback (id, reply_ref, decision, body, headers, content_hash, received_at, last_received_at)
       VALUES ('${id}', 'att_gone', '${decision}', '{}', '{}', '${id}', now() - interval '${age}', now())`,
    );
  const db = openDatabase({ url, poolMax: 2 });

  const dropped = await dropOldOrphans(db);
  await db.close();

  expect(dropped).toBe(1);
  expect(await runSql(url, 'SELECT id FROM catwalk.callback ORDER BY id')).toEqual(
    ['cb_applied', 'cb_malformed', 'cb_young'].map((id) => ({ id })),
  );
});
