import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sequenceEvents } from '@catwalk/infra/postgres';
import {
  databaseForFile,
  drawPicture,
  endInBatch,
  eventually,
  runSql,
  seedBatchRows,
} from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { appWithoutPostgres } from './app-without-postgres.js';
import { archiveImage, beginArchiving } from './archive-image.js';
import { type DocumentedOperation, readDocumented } from './documented.js';
import { foldAll } from './fold-all.js';
import { happen, submit, succeed } from './move-job.js';
import { as, garment, keyed, startApi } from './start-api.js';
import { beginUpload } from './upload.js';

const database = await databaseForFile();
const folder = await mkdtemp(join(tmpdir(), 'catwalk-answers-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const place = { kind: 'disk', folder } as const;
const api = await startApi(database.url, { ...keyed, pictures: place });
const keyless = await startApi(database.url);
const documented = readDocumented(await (await fetch(`${api.url}/openapi.json`)).json());

const UNKNOWN = `try_${'0'.repeat(32)}`;
const NO_BATCH = `bat_${'0'.repeat(32)}`;
const NO_ASSET = `ast_${'0'.repeat(32)}`;
const PNG_TYPE = { 'content-type': 'image/png' };
const picture = await drawPicture();
const NO_ENDPOINT = `whe_${'0'.repeat(32)}`;
const NO_DELIVERY = `del_${'0'.repeat(32)}`;
const hook = 'https://shop.example/hook';
/** A request that each operation takes. */
const samples: Record<
  string,
  { path: Record<string, string>; body?: unknown; headers?: Record<string, string> }
> = {
  createTryOn: { path: {}, body: garment },
  listTryOns: { path: {} },
  getTryOn: { path: { id: UNKNOWN } },
  deleteTryOn: { path: { id: UNKNOWN } },
  getImage: { path: { id: UNKNOWN, n: '0' } },
  getTimeline: { path: { id: UNKNOWN } },
  cancelTryOn: { path: { id: UNKNOWN }, body: {} },
  retryTryOn: { path: { id: UNKNOWN }, body: {} },
  adoptTryOn: { path: { id: UNKNOWN }, body: { providerTaskId: '1' } },
  createBatch: { path: {}, body: { items: [garment] } },
  listBatches: { path: {} },
  getBatch: { path: { id: NO_BATCH } },
  getBatchResults: { path: { id: NO_BATCH } },
  listInvalidLines: { path: { id: NO_BATCH } },
  cancelBatch: { path: { id: NO_BATCH }, body: {} },
  pauseBatch: { path: { id: NO_BATCH }, body: {} },
  resumeBatch: { path: { id: NO_BATCH }, body: {} },
  setBatchPriority: { path: { id: NO_BATCH }, body: { priority: 'low' } },
  retryFailed: { path: { id: NO_BATCH }, body: {} },
  createWebhookEndpoint: { path: {}, body: { url: hook } },
  listWebhookEndpoints: { path: {} },
  getWebhookEndpoint: { path: { id: NO_ENDPOINT } },
  changeWebhookEndpoint: { path: { id: NO_ENDPOINT }, body: { types: null } },
  removeWebhookEndpoint: { path: { id: NO_ENDPOINT } },
  rotateWebhookSecret: { path: { id: NO_ENDPOINT }, body: {} },
  testWebhookEndpoint: { path: { id: NO_ENDPOINT }, body: {} },
  listEndpointDeliveries: { path: { id: NO_ENDPOINT } },
  redeliverSince: { path: { id: NO_ENDPOINT }, body: { since: '2026-12-01T00:00:00Z' } },
  listDeliveries: { path: {} },
  getDelivery: { path: { id: NO_DELIVERY } },
  redeliver: { path: { id: NO_DELIVERY }, body: {} },
  listEvents: { path: {} },
  streamEvents: { path: {} },
  createAsset: { path: {}, body: picture, headers: PNG_TYPE },
  getAsset: { path: { id: NO_ASSET } },
  uploadDropInAsset: { path: {}, body: picture, headers: PNG_TYPE },
  submitDropIn: { path: {}, body: garment },
  getDropInTask: { path: { task_id: '999999' } },
  getStatus: { path: {} },
  listAccounts: { path: {} },
  pauseAccount: { path: { email: 'ben@example.com' }, body: {} },
  resumeAccount: { path: { email: 'ben@example.com' }, body: {} },
  pauseEverything: { path: {}, body: {} },
  resumeEverything: { path: {}, body: {} },
  getUsage: { path: {} },
  getHealth: { path: {} },
  getReadiness: { path: {} },
  getOpenApi: { path: {} },
  getDocs: { path: {} },
  getErrorDocs: { path: {} },
  getDocsFile: { path: { file: 'page.css' } },
};

interface Sending {
  readonly origin?: string;
  readonly path?: Record<string, string>;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends an operation's sample, or what differs from it, and holds the answer against the document. */
async function exchange(id: string, status: number, sending: Sending = {}): Promise<Response> {
  const response = await send(id, sending);
  const copy = response.clone();
  expect({ id, status: response.status }).toEqual({ id, status });
  expect({ id, status, wrong: await documented.judge(id, response) }).toEqual({ id, status, wrong: [] });
  return copy;
}

function send(id: string, sending: Sending): Promise<Response> {
  const operation = documented.operations.find((one) => one.id === id);
  const sample = samples[id];
  if (operation === undefined || sample === undefined) throw new Error(`no sample for ${id}`);
  const { origin = api.url, query = '', headers = callerOf(operation) } = sending;
  const parts = { ...sample.path, ...sending.path };
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? '');
  const method = sending.method ?? operation.method.toUpperCase();
  const body = 'body' in sending ? sending.body : sample.body;
  const bytes = body instanceof Uint8Array ? new Uint8Array(body) : null;
  const text = bytes ?? (typeof body === 'string' ? body : JSON.stringify(body));
  const isSent = (method === 'POST' || method === 'PATCH') && text !== undefined;
  return fetch(`${origin}${path}${query}`, {
    method,
    headers: { ...(isSent && JSON_TYPE), ...sample.headers, ...headers },
    ...(isSent && { body: text }),
  });
}

const callerOf = ({ isForAdmins }: DocumentedOperation) => as(isForAdmins ? 'admin' : 'anna');

const create = async (): Promise<string> =>
  ((await (await exchange('createTryOn', 202)).json()) as { id: string }).id;

const keyedOperations = documented.operations.filter(({ isOpen }) => !isOpen);
const ofFiles = documented.operations.filter(({ id }) => samples[id]?.body === picture);
const withBody = documented.operations.filter(
  (one) => (one.method === 'post' || one.method === 'patch') && !ofFiles.includes(one),
);

it('every route answers as documented when all is well', async () => {
  const id = await create();
  for (const one of ['getTryOn', 'getTimeline', 'cancelTryOn', 'retryTryOn'])
    await exchange(one, 200, { path: { id } });
  const attemptId = await submit(api.database, id);
  await happen(api.database, id, { type: 'attempt', attemptId, event: { type: 'unanswered' } });
  await exchange('adoptTryOn', 200, { path: { id }, body: { providerTaskId: '71' } });
  await succeed(api.database, await create(), '72');
  await exchange('listTryOns', 200, { query: '?limit=200' });
  const task = (await (await exchange('submitDropIn', 200)).json()) as { task: { id: number } };
  await exchange('getDropInTask', 200, { path: { task_id: String(task.task.id) } });
  await exchange('pauseAccount', 200, { body: { reason: 'rest' } });
  await exchange('pauseEverything', 200, { body: { reason: 'rest' } });
  await exchange('listAccounts', 200);
  await exchange('getStatus', 200, { headers: as('admin') });
  await exchange('resumeEverything', 200);
  await exchange('resumeAccount', 200);
  await exchange('getUsage', 200, { query: '?by=day,account,client,batch' });
  for (const { id, isOpen } of documented.operations) if (isOpen) await exchange(id, 200, { headers: {} });
});

it('every route of webhooks answers as documented, when all is well and when it is not', async () => {
  const headers = { ...as('anna'), 'idempotency-key': 'hook' };
  const made = (await (await exchange('createWebhookEndpoint', 201, { headers })).json()) as { id: string };
  await exchange('createWebhookEndpoint', 201, { headers });
  await exchange('createWebhookEndpoint', 409, { headers, body: { url: `${hook}/another` } });
  const path = { id: made.id };
  for (const one of ['getWebhookEndpoint', 'changeWebhookEndpoint', 'rotateWebhookSecret', 'redeliverSince'])
    await exchange(one, 200, { path });
  const tested = (await (await exchange('testWebhookEndpoint', 202, { path })).json()) as { id: string };
  await exchange('listWebhookEndpoints', 200);
  await exchange('listEndpointDeliveries', 200, { path });
  await exchange('listDeliveries', 200, { query: '?kind=test&state=pending,failed' });
  await exchange('getDelivery', 200, { path: tested });
  await exchange('redeliver', 202, { path: tested });
  await exchange('changeWebhookEndpoint', 200, { path, body: { state: 'disabled' } });
  await exchange('redeliverSince', 409, { path });
  await exchange('removeWebhookEndpoint', 400, { path, query: '?unknown=1' });
  await exchange('removeWebhookEndpoint', 200, { path });
  await exchange('redeliver', 409, { path: tested });
  for (const { id, replies } of documented.operations)
    if ('404' in replies && id.match(/Webhook|EndpointDeliveries|^redeliver|^getDelivery/))
      await exchange(id, 404);
});

it('an image, and what is deleted, are answered as documented, and refused as documented', async () => {
  await beginArchiving(api.database);
  const id = await create();
  const path = { id, n: '0' };
  await exchange('deleteTryOn', 409, { path });
  await exchange('getImage', 404, { path });
  await succeed(api.database, id, '73');
  await exchange('getImage', 404, { path });
  await archiveImage(api.database, place, id, await drawPicture({ width: 300, height: 400 }));
  const image = await exchange('getImage', 200, { path });
  await exchange('getImage', 200, { path, query: '?width=64' });
  await exchange('getImage', 206, { path, headers: { ...as('anna'), range: 'bytes=0-9' } });
  await exchange('getImage', 416, { path, headers: { ...as('anna'), range: 'bytes=99999999-' } });
  const known = { ...as('anna'), 'if-none-match': image.headers.get('etag') ?? '' };
  await exchange('getImage', 304, { path, headers: known });
  await exchange('deleteTryOn', 200, { path });
  await exchange('getImage', 404);
  await exchange('deleteTryOn', 404);
  await exchange('deleteTryOn', 400, { path, query: '?unknown=1' });
});

it('every route of batches answers as documented when all is well', async () => {
  const created = await exchange('createBatch', 202, {
    headers: { ...as('anna'), 'idempotency-key': 'batch' },
  });
  expect(created.headers.get('location')).toContain('/v1/batches/bat_');
  await exchange('createBatch', 202, { headers: { ...as('anna'), 'idempotency-key': 'batch' } });
  await exchange('createBatch', 200, { query: '?dryRun=true', body: { items: [garment, garment, {}] } });
  const { id, jobIds } = await seedBatchRows(database.url, { lines: 3 });
  const path = { id };
  await endInBatch(database.url, jobIds.slice(0, 1));
  await endInBatch(database.url, jobIds.slice(1, 2), { status: 'failed', code: 'content_rejected' });
  await foldAll(api.database);
  await exchange('getBatchResults', 200, { path });
  await exchange('getBatchResults', 200, { path, query: '?format=csv&status=failed' });
  await exchange('listInvalidLines', 200, { path });
  for (const one of [
    'getBatch',
    'pauseBatch',
    'resumeBatch',
    'setBatchPriority',
    'retryFailed',
    'cancelBatch',
  ])
    await exchange(one, 200, { path });
  await exchange('listBatches', 200);
});

it('events are answered as documented, page by page and as a stream, and 429 when too many are open', async () => {
  await create();
  await eventually(async () => expect(await sequenceEvents(api.database)).toBe(0));
  const list = (await (await exchange('listEvents', 200)).json()) as { data: unknown[] };
  expect(list.data.length).toBeGreaterThan(0);
  const streams = await Promise.all(Array.from({ length: 20 }, () => send('streamEvents', {})));
  await exchange('streamEvents', 429);
  for (const { body, status, headers } of streams) {
    const reader = body?.getReader();
    const first = await reader?.read();
    await reader?.cancel();
    const begun = new Response(first?.value, { status, headers });
    expect(await documented.judge('streamEvents', begun)).toEqual([]);
  }
});

it('every route of assets answers as documented', async () => {
  const asset = (await (await exchange('createAsset', 201)).json()) as { id: string };
  await exchange('createAsset', 200);
  await exchange('getAsset', 200, { path: { id: asset.id } });
  await exchange('uploadDropInAsset', 200);
  await exchange('getAsset', 404);
  for (const operation of ofFiles) {
    const { id } = operation;
    await exchange(id, 400, { body: 'no picture' });
    await exchange(id, 413, { body: Buffer.alloc(10 * 1_048_576 + 1) });
    await exchange(id, 415, { headers: { ...callerOf(operation), 'content-type': 'text/plain' } });
  }
});

it('every route refuses as documented what it cannot take', async () => {
  for (const operation of withBody) {
    const { id } = operation;
    await exchange(id, 400, { body: id === 'submitDropIn' ? {} : { unknown: 1 } });
    await exchange(id, 400, { body: '{' });
    if ('413' in operation.replies) await exchange(id, 413, { body: `"${'x'.repeat(1_048_576)}"` });
    await exchange(id, 415, { headers: { ...callerOf(operation), 'content-type': 'text/plain' } });
  }
  for (const { id, method, replies } of documented.operations)
    if (method === 'get' && '400' in replies) await exchange(id, 400, { query: '?unknown=1' });
  for (const id of ['getTryOn', 'getTimeline', 'cancelTryOn', 'retryTryOn', 'adoptTryOn', 'getDropInTask'])
    await exchange(id, 404);
  for (const { id, replies } of documented.operations)
    if ('404' in replies && id.match(/Batch|InvalidLines|retryFailed/)) await exchange(id, 404);
  for (const id of ['pauseAccount', 'resumeAccount'])
    await exchange(id, 404, { path: { email: 'nobody@example.com' } });
  await exchange('getDocsFile', 404, { path: { file: 'package.json' } });
});

it('every route refuses as documented what the job, or an earlier request, does not allow', async () => {
  for (const id of ['createTryOn', 'submitDropIn']) {
    const headers = { ...as('anna'), 'idempotency-key': 'once' };
    await exchange(id, id === 'createTryOn' ? 202 : 200, { headers });
    await exchange(id, 409, { headers, body: { ...garment, imageCount: 2 } });
  }
  const done = await create();
  await succeed(api.database, done, '81');
  await exchange('cancelTryOn', 409, { path: { id: done } });
  await exchange('retryTryOn', 409, { path: { id: done } });
  await exchange('adoptTryOn', 409, { path: { id: done } });
  const running = await create();
  await submit(api.database, running);
  await exchange('cancelTryOn', 200, { path: { id: running } });
  await exchange('retryTryOn', 409, { path: { id: running } });
});

it('every route refuses as documented what does not fit the state of a batch', async () => {
  const { id } = await seedBatchRows(database.url, { state: 'canceled' });
  for (const one of ['pauseBatch', 'resumeBatch', 'setBatchPriority', 'retryFailed'])
    await exchange(one, 409, { path: { id } });
  const finished = await seedBatchRows(database.url, { state: 'finished' });
  await exchange('cancelBatch', 409, { path: { id: finished.id } });
  await exchange('createBatch', 409, {
    headers: { ...as('anna'), 'idempotency-key': 'batch' },
    body: { items: [{ ...garment, imageCount: 2 }] },
  });
});

it('an upload is 409 and 429 as documented while others run, and 409 when it was canceled', async () => {
  const headers = (key: string) => ({
    ...as('ben'),
    'idempotency-key': key,
    'content-type': 'application/x-ndjson',
  });
  const begin = (key: string) => beginUpload(`${api.url}/v1/batches`, headers(key));
  const canceled = begin('canceled');
  await canceled.write(`${JSON.stringify(garment)}\n`);
  const receiving = async (): Promise<{ id: string }[]> =>
    (await api.request('/v1/batches?state=receiving', { headers: as('ben') })).body.data;
  const id = await eventually(async () => {
    const [first] = await receiving();
    if (first === undefined) throw new Error('nothing is received yet');
    return first.id;
  });
  await exchange('createBatch', 409, { headers: headers('canceled'), body: JSON.stringify(garment) });
  await exchange('cancelBatch', 200, { headers: as('ben'), path: { id } });
  canceled.end();
  const { status, headers: told, body } = await canceled.answer;
  const answer = new Response(JSON.stringify(body), { status, headers: told });
  expect([status, body.code, await documented.judge('createBatch', answer)]).toEqual([
    409,
    'wrong_batch_state',
    [],
  ]);
  const others = Array.from({ length: 3 }, (_, n) => begin(`other ${n}`));
  await eventually(async () => expect(await receiving()).toHaveLength(3));
  await exchange('createBatch', 429, { headers: headers('more'), body: JSON.stringify(garment) });
  for (const other of others) other.end(JSON.stringify(garment));
  await Promise.all(others.map((other) => other.answer));
});

it('every route that needs a key is 401 without one, and in a sandbox without keys 403 for strangers', async () => {
  for (const { id } of keyedOperations) await exchange(id, 401, { headers: {} });
  for (const { id, replies } of documented.operations)
    if ('403' in replies)
      await exchange(id, 403, { origin: keyless.url, headers: { 'x-forwarded-for': '10.0.0.1' } });
});

it('every route for admins is 403 with another key', async () => {
  const forAdmins = documented.operations.filter(({ isForAdmins }) => isForAdmins);
  expect(forAdmins.length).toBeGreaterThan(0);
  for (const { id } of forAdmins) await exchange(id, 403, { headers: as('anna') });
});

it('every address is 405 for another method, and what is no address is 404', async () => {
  for (const operation of documented.operations) {
    if (isDropIn(operation)) continue;
    const response = await send(operation.id, { method: 'PUT' });
    expect([operation.id, response.status]).toEqual([operation.id, 405]);
    expect(await documented.judge(operation.id, response, 'MethodNotAllowed')).toEqual([]);
  }
  const response = await fetch(`${api.url}/v1/nothing`, { headers: as('anna') });
  expect(response.status).toBe(404);
  expect(await documented.judge('', response, 'NotFound')).toEqual([]);
});

it('usage is 429 as documented while others are summed up', async () => {
  const three: Promise<Response>[] = [];
  await api.database.prisma.$transaction(async (lock) => {
    await lock.$executeRaw`LOCK TABLE catwalk.attempt IN ACCESS EXCLUSIVE MODE`;
    for (let n = 0; n < 3; n += 1) three.push(send('getUsage', {}));
    const first = await Promise.race(three);
    expect(first.status).toBe(429);
    expect(await documented.judge('getUsage', first)).toEqual([]);
  });
  await Promise.all(three);
});

it('every route that needs Postgres is 503 as documented while it is away', async () => {
  const away = await serveWithoutPostgres();
  for (const { id, replies } of documented.operations)
    if ('503' in replies) await exchange(id, 503, { origin: away.url });
  await away.close();
});

it('every route is 500 as documented when the fault is ours', async () => {
  await runSql(database.url, 'ALTER SCHEMA catwalk RENAME TO hidden');
  for (const { id, replies } of documented.operations) if ('500' in replies) await exchange(id, 500);
});

it('nothing that is documented was left out above', () => {
  expect(documented.promises.filter((promise) => !documented.seen.has(promise))).toEqual([]);
  expect(documented.promises.length).toBeGreaterThan(80);
});

function isDropIn({ path }: DocumentedOperation): boolean {
  return path.startsWith('/v1/kling/');
}

async function serveWithoutPostgres(): Promise<{ url: string; close: () => Promise<void> }> {
  const { app, close } = appWithoutPostgres();
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: stop };
}
