import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually, runSql } from '@catwalk/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createDatabaseIfMissing,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../src/embedded/index.js';

const fixture = fileURLToPath(new URL('./fixtures/run-embedded-postgres.ts', import.meta.url));
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('an embedded server', () => {
  it('keeps its data across a stop and a start', async () => {
    const folder = makeFolder();
    const first = await start(folder);
    await createDatabaseIfMissing(first.adminUrl, 'shop');
    await createDatabaseIfMissing(first.adminUrl, 'shop');
    await runSql(first.url('shop'), 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    await first.stop();

    const second = await start(folder);

    expect(second.adopted).toBe(false);
    expect(await runSql(second.url('shop'), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('that was killed is started again, on the same port, with its data', { timeout: 60_000 }, async () => {
    const restarts: (Error | null)[] = [];
    const folder = makeFolder();
    const server = await start(folder, {
      durable: true,
      onRestart: (trouble) => restarts.push(trouble),
    });
    await runSql(server.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');

    process.kill(server.pid, 'SIGKILL');
    nameAnotherProcess(join(folder, 'data'));

    await eventually(() => expect(restarts.at(-1)).toBe(null), { timeoutMs: 20_000 });
    expect(await runSql(server.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await server.stop();
    await expect(runSql(server.adminUrl, 'SELECT 1')).rejects.toThrow();
  });

  it('is durable unless a test asks for speed', async () => {
    const settings = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
      current_setting('full_page_writes') AS pages, current_setting('server_encoding') AS encoding`;

    const durable = await start(makeFolder(), { durable: true });
    const fast = await start(makeFolder());

    const encoding = 'UTF8';
    expect(await runSql(durable.adminUrl, settings)).toEqual([
      { fsync: 'on', commit: 'on', pages: 'on', encoding },
    ]);
    expect(await runSql(fast.adminUrl, settings)).toEqual([
      { fsync: 'off', commit: 'off', pages: 'off', encoding },
    ]);
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const folder = makeFolder();
    const server = await start(folder);
    const wrong = server.adminUrl.replace(/:[^:@]+@/, ':password@');

    await expect(runSql(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(folder, 'password')).mode & 0o077).toBe(0);
    expect(statSync(folder).mode & 0o066).toBe(0);
    expect(await runSql(server.adminUrl, 'SHOW listen_addresses')).toEqual([
      { listen_addresses: '127.0.0.1' },
    ]);
    expect(await runSql(server.adminUrl, 'SHOW unix_socket_directories')).toEqual([
      { unix_socket_directories: '' },
    ]);
  });

  it('is adopted, without the connections of the dead, after its owner was killed', async () => {
    const folder = makeFolder();
    const owner = await startOwner(folder);
    owner.child.kill('SIGKILL');
    await once(owner.child, 'exit');

    const next = await start(folder);

    expect(next).toMatchObject({ adopted: true, pid: owner.said.pid, port: owner.said.port });
    const atWork =
      "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()";
    await eventually(async () => expect(await runSql(next.adminUrl, atWork)).toEqual([]));
    await next.stop();
    expect(existsSync(join(folder, 'data/postmaster.pid'))).toBe(false);
  });

  it('is restarted rather than adopted when it would be started differently now', async () => {
    const folder = makeFolder();
    const owner = await startOwner(folder);
    owner.child.kill('SIGKILL');
    await once(owner.child, 'exit');

    const next = await start(folder, { maxConnections: 33 });

    expect(next.adopted).toBe(false);
    expect(await runSql(next.adminUrl, 'SHOW max_connections')).toEqual([{ max_connections: '33' }]);
  });

  it('starts again after the server itself was killed', async () => {
    const folder = makeFolder();
    const first = await start(folder);
    process.kill(first.pid, 'SIGKILL');
    await first.stop();

    const second = await start(folder);

    expect(await runSql(second.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts although the number in a left pid file now belongs to another process', async () => {
    const folder = makeFolder();
    const first = await start(folder);
    const pidFile = join(folder, 'data/postmaster.pid');
    const content = readFileSync(pidFile, 'utf8');
    await first.stop();
    writeFileSync(pidFile, content.replace(/^\d+/, String(process.pid)));

    const second = await start(folder);

    expect(await runSql(second.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a folder in use', () => {
  it('refuses a second owner, naming the first, and leaves the first alone', async () => {
    const folder = makeFolder();
    const first = await start(folder);

    const second = await startOwner(folder);

    expect(second.said.refused).toContain(`Another Catwalk (process ${process.pid}) is running on ${folder}`);
    expect(await runSql(first.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('gives one of several that start at once the folder, and refuses the others', async () => {
    const folder = makeFolder();
    const all = await Promise.all([startOwner(folder), startOwner(folder), startOwner(folder)]);

    expect(all.filter(({ said }) => said.pid !== undefined)).toHaveLength(1);
    expect(all.filter(({ said }) => said.refused !== undefined)).toHaveLength(2);
    for (const { child } of all) child.kill('SIGKILL');
    await eventually(async () => (await start(folder)).stop());
  });
});

describe('a folder that cannot be used', () => {
  it('is named with its version when another PostgreSQL made it', async () => {
    const folder = makeFolder();
    await (await start(folder)).stop();
    writeFileSync(join(folder, 'data/PG_VERSION'), '15\n');

    await expect(start(folder)).rejects.toThrow(/was made by PostgreSQL 15 and this is \d+/);
  });

  it('is named when it is not a folder', async () => {
    const file = join(makeFolder(), 'file');
    writeFileSync(file, '');

    await expect(start(file)).rejects.toThrow(`The folder ${file} cannot be used for the database`);
  });

  it('gives the last lines of the log when the server does not start', async () => {
    const settings = { shared_buffers: 'plenty' };

    await expect(start(makeFolder(), { settings })).rejects.toThrow(/ended while starting: .*shared_buffers/);
  });
});

async function start(
  folder: string,
  options: Partial<EmbeddedPostgresOptions> = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, durable: false, ...options });
  cleanups.push(() => server.stop());
  return server;
}

interface Said {
  pid?: number;
  port?: number;
  refused?: string;
}

/** Another process on the same folder, and what it said first. */
async function startOwner(folder: string): Promise<{ child: ChildProcess; said: Said }> {
  const node = ['--import', 'tsx', '--conditions=catwalk-source', fixture, folder];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanups.push(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, said: JSON.parse(line) };
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'catwalk-embedded-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The number of a server that died may name a process of its user again: a zombie of its own, or somebody else. */
function nameAnotherProcess(dataFolder: string): void {
  const { uid, gid } = statSync(dataFolder);
  const other = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' });
  cleanups.push(() => other.kill('SIGKILL'));
  const pidFile = join(dataFolder, 'postmaster.pid');
  writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(other.pid)));
}
