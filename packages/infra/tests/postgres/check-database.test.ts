import { createDatabase, databaseForFile, databaseUrl, runSql, seedAccounts } from '@catwalk/testkit';
import { describe, expect, inject, it } from 'vitest';
import {
  checkDatabase,
  type DatabaseCheckOptions,
  openDatabase,
  ownDatabase,
} from '../../src/postgres/index.js';
import { judgeClock, judgeVersion, type ServerFacts } from '../../src/postgres/judge-server.js';
import type { CheckResult } from '../../src/process/index.js';
import { openRewritingProxy } from './open-rewriting-proxy.js';

const database = await databaseForFile();
const run = (more: Partial<DatabaseCheckOptions> = {}) =>
  checkDatabase({ url: database.url, mode: 'sandbox', connections: () => 10, ...more });
const find = (results: readonly CheckResult[], check: string) => results.find((one) => one.check === check);

describe('a database that suits us', () => {
  it('passes every check, each with a sentence, and is left as it was', async () => {
    const empty = await createDatabase({ empty: true });
    const results = await run({ url: empty.url });
    expect(results.map((one) => one.check)).toEqual([
      'address',
      'version',
      'owner',
      'durability',
      'clock',
      'connections',
      'notifications',
    ]);
    expect(results.filter((one) => one.severity !== 'ok').map((one) => one.check)).toEqual(['durability']);
    for (const { message } of results) expect(message).not.toBe('');
    const schemas = `SELECT count(*)::int AS n FROM pg_namespace WHERE nspname IN ('catwalk', 'bullmq')`;
    expect(await runSql(empty.url, schemas)).toEqual([{ n: 0 }]);
    await empty.drop();
  });
});

describe('a server that may lose commits', () => {
  it('is warned of in the sandbox, and refused in live', async () => {
    expect(find(await run(), 'durability')).toMatchObject({
      severity: 'warn',
      code: 'postgres_not_durable',
      message: expect.stringMatching(/fsync and synchronous_commit off.*turn it on/),
    });
    expect(find(await run({ mode: 'live' }), 'durability')).toMatchObject({ severity: 'refuse' });
  });

  it('is found by either setting alone', async () => {
    const role = `role_${database.name}`;
    await runSql(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'p' SUPERUSER`);
    await runSql(database.url, `ALTER ROLE ${role} SET synchronous_commit = 'on'`);
    const url = Object.assign(new URL(database.url), { username: role, password: 'p' }).href;
    try {
      const durability = find(await run({ url }), 'durability');
      expect(durability?.message).toContain('fsync off');
      expect(durability?.message).not.toContain('fsync and');
    } finally {
      await runSql(database.url, `DROP ROLE ${role}`);
    }
  });
});

describe('an address with ?options=', () => {
  it('is refused before anything is opened', async () => {
    const url = `${database.url}?options=-c%20search_path%3Dother`;
    expect(await run({ url })).toEqual([
      expect.objectContaining({
        severity: 'refuse',
        code: 'address_options',
        message: expect.stringMatching(/remove it.*ALTER ROLE/),
      }),
    ]);
  });
});

describe('a database of the other mode', () => {
  it('is refused, and nothing else is said of it', async () => {
    const other = await createDatabase();
    const db = openDatabase({ url: other.url, poolMax: 1 });
    await ownDatabase(db, 'sandbox');
    await db.close();
    const results = await run({ url: other.url, mode: 'live' });
    expect(results.filter((one) => one.severity !== 'ok')).toEqual([
      expect.objectContaining({
        severity: 'refuse',
        message: 'this database holds sandbox jobs; live needs its own (DATABASE_URL)',
      }),
    ]);
    await other.drop();
  });
});

describe('PostgreSQL', () => {
  const facts = (versionNumber: number): ServerFacts => ({
    version: '13.22',
    versionNumber,
    fsync: 'on',
    synchronousCommit: 'on',
    maxConnections: 100,
    reserved: 3,
    used: 0,
    owner: null,
  });
  it.each([
    [130_022, 'refuse'],
    [139_999, 'refuse'],
    [140_000, 'ok'],
    [180_001, 'ok'],
  ])('%i → %s', (versionNumber, severity) => {
    expect(judgeVersion(facts(versionNumber))).toMatchObject({ severity });
  });
});

describe('clocks', () => {
  it('that are apart by more than two seconds are warned of, by which way and how far', async () => {
    expect(find(await run({ nowMs: () => Date.now() - 5_000 }), 'clock')).toMatchObject({
      severity: 'warn',
      code: 'clock_off',
      message: expect.stringMatching(/5\.\d s behind.*NTP/),
    });
    expect(find(await run({ nowMs: () => Date.now() + 5_000 }), 'clock')?.message).toContain('ahead of');
  });

  it.each([
    ['apart by two seconds', { beforeMs: 0, serverMs: 2_005, afterMs: 10 }, 'ok'],
    ['apart by more', { beforeMs: 0, serverMs: 2_011, afterMs: 10 }, 'warn'],
    ['read by a slow answer, which may explain it', { beforeMs: 0, serverMs: 4_000, afterMs: 5_000 }, 'ok'],
    ['read by a slow answer, which does not', { beforeMs: 0, serverMs: 9_000, afterMs: 5_000 }, 'warn'],
  ])('%s', (_what, reading, severity) => {
    expect(judgeClock(reading)).toMatchObject({ severity });
  });
});

describe('connections', () => {
  it('that would take more than four fifths of what is free are warned of', async () => {
    const setting = `SELECT current_setting('max_connections')::int AS most`;
    const [{ most } = { most: 0 }] = await runSql<{ most: number }>(database.url, setting);
    expect(find(await run({ connections: () => most }), 'connections')).toMatchObject({
      severity: 'warn',
      code: 'connections_short',
      message: expect.stringMatching(
        new RegExp(`may open ${most} connections.*of PostgreSQL's ${most} are free.*max_connections`),
      ),
    });
    expect(find(await run({ connections: () => 1 }), 'connections')).toMatchObject({ severity: 'ok' });
  });

  it('are counted with the accounts that the database knows', async () => {
    const db = openDatabase({ url: database.url, poolMax: 1 });
    await seedAccounts(db, { 'anna@example.com': 1, 'ben@example.com': 1 });
    await db.close();
    const asked: number[] = [];
    await run({ connections: (accounts) => asked.push(accounts) });
    expect(asked).toEqual([2]);
  });
});

describe('a pooler between us and PostgreSQL', () => {
  it('that breaks LISTEN is warned of: work is then found by asking', async () => {
    const deaf = (sent: string) =>
      sent.replace(/(?<!UN)LISTEN catwalk_check_\w{8}/, (listen) => 'SELECT 1'.padEnd(listen.length));
    const url = await openRewritingProxy(database.url, () => deaf);
    expect(find(await run({ url }), 'notifications')).toMatchObject({
      severity: 'warn',
      code: 'listen_broken',
      message: expect.stringMatching(/once a second.*session mode/),
    });
  });

  it('that changes nothing is not noticed', async () => {
    const url = await openRewritingProxy(database.url, () => (sent) => sent);
    expect((await run({ url })).filter((one) => one.severity === 'refuse')).toEqual([]);
  });
});

it('a server that does not answer is an error, to be told as such', async () => {
  await expect(run({ url: databaseUrl(inject('catwalkAdminUrl'), 'nowhere') })).rejects.toThrow();
});
