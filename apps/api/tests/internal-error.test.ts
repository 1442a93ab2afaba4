import { databaseForFile, runSql } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { garment, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url);

it('a fault of ours is 500 internal: it says where the log tells more, and nothing of what it met', async () => {
  await runSql(database.url, 'ALTER TABLE catwalk.try_on RENAME COLUMN human_image TO hidden');

  for (const answer of [await api.post('/v1/try-ons', garment), await api.request('/v1/try-ons')]) {
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal', type: '/docs/errors#internal' } });
    const requestId = answer.headers.get('x-request-id');
    expect(answer.body.requestId).toBe(requestId);
    expect(JSON.stringify(answer.body)).not.toMatch(/human_image|column|SELECT|INSERT/);
    const told = api.lines.filter((line) => line.includes(`"${requestId}"`));
    expect(told.join()).toContain('"request.failed"');
  }
  const dropIn = await api.post('/v1/kling/images/virtual-try-on', garment);
  expect(dropIn).toMatchObject({ status: 500, body: { error: expect.any(String) } });
});
