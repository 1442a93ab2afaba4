import { randomBytes } from 'node:crypto';
import {
  type Database,
  insertWebhookEndpoint,
  makeId,
  type NewWebhookEndpoint,
} from '@catwalk/infra/postgres';

/** A webhook endpoint as the API would store it, and what signs for it. */
export async function seedEndpoint(
  db: Database,
  url: string,
  more: Partial<NewWebhookEndpoint> = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  const endpoint = {
    id: makeId('whe'),
    client: 'shop',
    idempotencyKey: null,
    fingerprint: '',
    admin: false,
    allClients: false,
    url,
    types: null,
    description: null,
    secret: `whsec_${randomBytes(32).toString('base64')}`,
    ...more,
  };
  await insertWebhookEndpoint(db, endpoint);
  return { id: endpoint.id, secret: endpoint.secret };
}
