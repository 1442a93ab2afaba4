import { openDatabase } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { databaseForFile, eventually, openWire, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { contextFromConfig, createApi } from '../src/index.js';
import { defaults, garment } from './start-api.js';

const database = await databaseForFile();
const adminUrl = inject('catwalkAdminUrl');
const wire = await openWire(database.url);
const db = openDatabase({ url: wire.url, poolMax: 4 });
const queue = {
  wake: () => undefined,
  ping: () => Promise.reject(new Error('down')),
  close: async () => undefined,
};
const lines: Record<string, unknown>[] = [];
const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
const logger = createLogger({ app: 'api', level: 'info', destination });
const config = { ...defaults(wire.url), publicApiUrl: 'https://try.example/api', logLevel: 'silent' };
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
  await wire.close();
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
    await wire.cut();
    for (const answer of [await create(), await fetch(`${url}/v1/try-ons`), await fetch(`${url}/readyz`)]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ code: 'unavailable', retryable: true });
    }
    const dropIn = await create('/v1/kling/images/virtual-try-on');
    expect([dropIn.status, dropIn.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await wire.mend();
    await expect.poll(async () => (await create()).status).toBe(202);
  });

  it('is told once when it begins and once when it is over, however many requests met it', async () => {
    await untilOver();
    lines.length = 0;
    await wire.cut();
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await create()).status));
    expect(new Set(statuses)).toEqual(new Set([503]));
    await wire.mend();
    await expect.poll(async () => (await create()).status).toBe(202);
    await untilOver();

    const outages = lines.filter((line) => String(line.msg).startsWith('outage.'));
    expect(outages.map(({ msg, what }) => [msg, what])).toEqual([
      ['outage.began', 'postgres'],
      ['outage.ended', 'postgres'],
    ]);
    const requests = lines.filter((line) => line.msg === 'request.finished');
    expect(requests.filter((line) => line.status === 503)).toHaveLength(50);
    expect(requests.filter((line) => 'err' in line)).toEqual([]);
  });

  it('a job that was stored is answered 202, even when nothing more can be read', async () => {
    await expect.poll(async () => (await create()).status).toBe(202);
    // What is known of the accounts must be read anew, and the read is lost.
    await runSql(database.url, 'ALTER TABLE catwalk.account RENAME TO hidden');
    const hiddenAt = performance.now();
    try {
      const statuses = new Set<number>();
      await eventually(async () => {
        statuses.add((await create()).status);
        expect(performance.now() - hiddenAt).toBeGreaterThan(2_500);
      });
      expect([...statuses]).toEqual([202]);
    } finally {
      await runSql(database.url, 'ALTER TABLE catwalk.hidden RENAME TO account');
    }
  });

  it('a server that only reads cannot store: 503, not a fault of ours', async () => {
    await runSql(adminUrl, `ALTER DATABASE "${database.name}" SET default_transaction_read_only = on`);
    await wire.cut();
    await wire.mend();
    try {
      await expect.poll(async () => (await create()).status).toBe(503);
      expect((await create()).headers.get('retry-after')).toBe('1');
    } finally {
      await runSql(adminUrl, `ALTER DATABASE "${database.name}" RESET default_transaction_read_only`);
      await wire.cut();
      await wire.mend();
    }
    await expect.poll(async () => (await create()).status).toBe(202);
  });

  it('connections that have gone silent are 503 within 10 s, and the next request is stored', {
    timeout: 30_000,
  }, async () => {
    wire.swallow();
    await wire.mend();
    const startedAt = performance.now();
    const first = await create();
    expect(first.status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect((await create()).status).toBe(202);
  });
});

/** An outage of a test before is over when nothing has failed for a while. */
async function untilOver(): Promise<void> {
  const count = (msg: string) => lines.filter((line) => line.msg === msg).length;
  await eventually(() => expect(count('outage.ended')).toBe(count('outage.began')));
}
