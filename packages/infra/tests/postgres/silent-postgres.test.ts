import { createServer } from 'node:net';
import { databaseForFile, eventually, openWire, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { isPostgresAway, listen, openDatabase } from '../../src/postgres/index.js';

const database = await databaseForFile();
const endings: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

async function openThroughWire() {
  const wire = await openWire(database.url);
  const db = openDatabase({ url: wire.url, poolMax: 4 });
  endings.push(
    () => wire.close(),
    () => db.close(),
  );
  const ask = () => db.prisma.$queryRaw`SELECT 1 FROM pg_sleep(0.05)`;
  await Promise.all([ask(), ask(), ask(), ask()]);
  return { wire, db, ask };
}

describe.concurrent('connections to PostgreSQL that have gone silent', () => {
  it('cost one statement at most 9 s, and are all given up with it', { timeout: 30_000 }, async () => {
    const { wire, ask } = await openThroughWire();
    wire.swallow();
    await wire.mend();

    const startedAt = performance.now();
    const error = await ask().catch((failure: unknown) => failure);
    const failedAt = performance.now();
    await ask();

    expect(isPostgresAway(error)).toBe(true);
    expect(failedAt - startedAt).toBeLessThan(9_000);
    expect(performance.now() - failedAt).toBeLessThan(1_000);
  });

  it('are not given back to the pool by a transaction', { timeout: 30_000 }, async () => {
    const { wire, db, ask } = await openThroughWire();
    const failed = db.prisma
      .$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1`;
        wire.swallow();
        await wire.mend();
        await tx.$queryRaw`SELECT 1`;
      })
      .catch((failure: unknown) => failure);

    expect(isPostgresAway(await failed)).toBe(true);
    await Promise.all([ask(), ask(), ask(), ask()]);
  });

  it('are noticed by the listener, which hears again within 10 s', { timeout: 30_000 }, async () => {
    const wire = await openWire(database.url);
    let heard = 0;
    const listener = listen(wire.url, {
      catwalk_work: () => {
        heard += 1;
      },
    });
    endings.push(
      () => wire.close(),
      () => listener.close(),
    );
    // It calls back once by itself when it begins to listen.
    await eventually(() => expect(heard).toBe(1));
    wire.swallow();
    await wire.mend();

    await eventually(() => expect(heard).toBe(2), { timeoutMs: 10_000 });
    await runSql(database.url, 'NOTIFY catwalk_work');
    await eventually(() => expect(heard).toBe(3));
  });

  it('begin with nothing that a pooler would refuse', async () => {
    let startup = '';
    const server = createServer((socket) => {
      socket.once('data', (bytes) => {
        startup = bytes.toString('latin1');
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endings.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as { port: number };
    const db = openDatabase({ url: `postgresql://anna@127.0.0.1:${port}/catwalk`, poolMax: 1 });
    await expect(db.ping()).rejects.toThrow();
    await db.close();

    const words = startup.slice(8).split('\0');
    const names = words.filter((_word, n) => n % 2 === 0).filter((word) => word !== '');
    expect(names.sort()).toEqual(['application_name', 'client_encoding', 'database', 'user']);
  });
});
