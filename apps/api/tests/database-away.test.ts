import { connect, createServer, type Server, type Socket } from 'node:net';
import { openDatabase } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { databaseForFile } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { contextFromConfig, createApi } from '../src/index.js';
import { garment } from './start-api.js';

const database = await databaseForFile();
const proxy = await openProxy(new URL(database.url));
const viaProxy = Object.assign(new URL(database.url), { port: String(proxy.port) }).href;
const db = openDatabase({ url: viaProxy, poolMax: 4 });
const queue = {
  wake: () => undefined,
  ping: () => Promise.reject(new Error('down')),
  close: async () => undefined,
};
const logger = createLogger({ app: 'api', level: 'silent' });
const config = {
  mode: 'sandbox',
  databaseUrl: viaProxy,
  redisUrl: undefined,
  host: '127.0.0.1',
  port: { port: 0, isDefault: false },
  publicApiUrl: 'https://try.example/api',
  allowPrivateAddresses: false,
  ownOrigins: [],
  apiKeys: [],
  adminKeys: [],
  logLevel: 'silent',
} as const;
const api = createApi(contextFromConfig(config, { database: db, carrier: queue, logger }));
const { url } = await api.start();
const create = (path = '/v1/try-ons') =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(garment),
  });

afterAll(async () => {
  await api.close();
  await db.close();
  await proxy.close();
});

describe('when Postgres goes away', () => {
  it('a silent queue alone is 200, named as down', async () => {
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', postgres: 'up', queue: 'down' },
    ]);
  });

  it('links begin with PUBLIC_API_URL', async () => {
    const answer = await create();
    const { id } = (await answer.json()) as { id: string };
    expect(answer.headers.get('location')).toBe(`https://try.example/api/v1/try-ons/${id}`);
  });

  it('requests are 503 with Retry-After, nothing is acknowledged, and it mends by itself', async () => {
    await proxy.cut();
    for (const answer of [await create(), await fetch(`${url}/v1/try-ons`), await fetch(`${url}/readyz`)]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ code: 'unavailable', retryable: true });
    }
    const dropIn = await create('/v1/kling/images/virtual-try-on');
    expect([dropIn.status, dropIn.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await proxy.mend();
    await expect.poll(async () => (await create()).status).toBe(202);
  });
});

/** A wire to Postgres that can be cut. */
async function openProxy(target: URL) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => undefined).on('close', () => sockets.delete(end));
    }
    socket.pipe(upstream).pipe(socket);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as { port: number };
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, cut, mend: () => listen(port), close: cut };
}
