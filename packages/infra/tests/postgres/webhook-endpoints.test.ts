import { databaseForFile, seedEndpoint } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import {
  changeWebhookEndpoint,
  findWebhookEndpoint,
  listWebhookEndpoints,
  openDatabase,
  removeWebhookEndpoint,
  rotateWebhookSecret,
} from '../../src/postgres/index.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => db.close());

it('an admin’s endpoint is unknown to a key of the same name that is no admin’s', async () => {
  const { id } = await seedEndpoint(db, 'https://ops.example/hook', {
    client: 'ops',
    admin: true,
    allClients: true,
  });
  const own = await seedEndpoint(db, 'https://ops.example/own', { client: 'ops' });
  expect(await findWebhookEndpoint(db, 'ops', id)).toBeNull();
  expect(await changeWebhookEndpoint(db, 'ops', id, { url: 'https://mine.example' })).toBeNull();
  expect(await rotateWebhookSecret(db, 'ops', id, 'whsec_other')).toBeNull();
  expect(await removeWebhookEndpoint(db, 'ops', id)).toBe(false);
  const { rows } = await listWebhookEndpoints(db, 'ops', { afterId: null, limit: 10 });
  expect(rows.map((row) => row.id)).toEqual([own.id]);
  expect(await findWebhookEndpoint(db, null, id)).toMatchObject({ url: 'https://ops.example/hook' });
});
