import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { type Delivery, deliverySchema, type WebhookEndpoint } from '@catwalk/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCatwalk } from './run-catwalk.js';

const at = '2030-01-31T12:00:00.000Z';
const endpoint: WebhookEndpoint = {
  id: `whe_${'0'.repeat(32)}`,
  object: 'webhook_endpoint',
  livemode: false,
  client: 'default',
  url: 'https://shop.example/hook',
  types: null,
  allClients: false,
  description: null,
  state: 'enabled',
  disabled: null,
  failingSince: null,
  previousSecretUntil: null,
  createdAt: at,
  updatedAt: at,
};
const delivery: Delivery = deliverySchema.parse({
  id: `del_${'0'.repeat(32)}`,
  object: 'delivery',
  livemode: false,
  kind: 'endpoint',
  state: 'failed',
  client: 'default',
  endpointId: endpoint.id,
  tryOnId: null,
  eventId: `evt_${'0'.repeat(32)}`,
  eventType: 'try_on.succeeded',
  attempts: 13,
  nextAttemptAt: null,
  lastAttemptAt: at,
  lastStatus: 500,
  lastError: null,
  lastResponse: 'no',
  deliveredAt: null,
  createdAt: at,
});
const asked: { line: string; body: string }[] = [];
let tested: Partial<Delivery> = {};

const server = createServer(async (request, response) => {
  const line = `${request.method} ${request.url}`;
  asked.push({ line, body: await text(request) });
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answerTo(line)));
});
function answerTo(line: string): unknown {
  const withSecret = { ...endpoint, secret: 'whsec_c2VjcmV0' };
  if (/^POST \S+(endpoints|rotate-secret)$/.test(line)) return withSecret;
  if (line.startsWith('DELETE')) return { id: endpoint.id, object: 'webhook_endpoint', deleted: true };
  if (line.startsWith('PATCH')) return endpoint;
  if (/\/webhook-endpoints\/\w+\/redeliver$/.test(line)) return { object: 'redelivery', queued: 37 };
  if (line.endsWith('/test')) return { ...delivery, kind: 'test', state: 'pending', lastStatus: null };
  if (/^GET \/v1\/deliveries\/del_/.test(line)) return { ...delivery, ...tested };
  if (line.startsWith('POST')) return { ...delivery, state: 'pending' };
  return { data: [line.startsWith('GET /v1/deliveries') ? delivery : endpoint], nextCursor: null };
}

let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
  tested = {};
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const catwalk = (...typed: string[]) => runCatwalk(tmpdir(), { CATWALK_URL: url }, ...typed);

describe('catwalk webhooks and deliveries', () => {
  it.each<[string[], string, RegExp]>([
    [
      ['webhooks', 'list'],
      'GET /v1/webhook-endpoints?limit=200',
      /^endpoint .*\nwhe_0+ +enabled +all +https:/,
    ],
    [
      ['webhooks', 'create', endpoint.url, '--types', 'try_on.failed'],
      'POST /v1/webhook-endpoints',
      /^whe_0+\nwhsec_c2VjcmV0\n$/,
    ],
    [
      ['webhooks', 'rotate', endpoint.id],
      `POST /v1/webhook-endpoints/${endpoint.id}/rotate-secret`,
      /whsec_/,
    ],
    [['webhooks', 'enable', endpoint.id], `PATCH /v1/webhook-endpoints/${endpoint.id}`, / enabled /],
    [['webhooks', 'delete', endpoint.id], `DELETE /v1/webhook-endpoints/${endpoint.id}`, / is deleted\n$/],
    [
      ['deliveries', 'list', '--state', 'failed', '--limit', '5'],
      'GET /v1/deliveries?state=failed&limit=5',
      /^delivery .*\ndel_0+ +try_on\.succeeded +whe_0+ +failed +13 +500\n$/,
    ],
    [
      ['deliveries', 'redeliver', delivery.id],
      `POST /v1/deliveries/${delivery.id}/redeliver`,
      /^del_0+ pending/,
    ],
    [
      ['deliveries', 'redeliver', endpoint.id, '--since', at],
      `POST /v1/webhook-endpoints/${endpoint.id}/redeliver`,
      /^37 deliveries on their way\n$/,
    ],
  ])('%s does that and says so', async (typed, line, said) => {
    const { code, stdout, stderr } = await catwalk(...typed);
    expect(code, stderr).toBe(0);
    expect(asked.map((one) => one.line)).toEqual([line]);
    expect(stdout).toMatch(said);
  });

  it('a test ends with 0 when it arrived and with 2 when it did not', async () => {
    tested = { state: 'delivered', lastStatus: 204 };
    expect(await catwalk('webhooks', 'test', endpoint.id)).toMatchObject({ code: 0 });
    tested = { state: 'failed', lastStatus: 500 };
    const failed = await catwalk('webhooks', 'test', endpoint.id);
    expect([failed.code, failed.stdout]).toEqual([2, `${delivery.id} failed: 500\n`]);
  });

  it('what did not arrive at an endpoint is sent again since a time alone', async () => {
    const { code, stderr } = await catwalk('deliveries', 'redeliver', endpoint.id);
    expect([code, stderr]).toEqual([1, 'catwalk: Say since when, with --since <time>\n']);
    expect(asked).toEqual([]);
  });
});
