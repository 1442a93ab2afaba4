import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@catwalk/infra/embedded';
import { migrate } from '@catwalk/infra/postgres';
import { databaseUrl, runSql } from '@catwalk/testkit';
import { closeOnSignal } from './close-on-signal.js';

/** A PostgreSQL with everything flushed that is promised, and fresh databases on it. */
export interface Ground {
  readonly folder: string;
  readonly pid: number;
  readonly version: string;
  createDatabase(): Promise<{ url: string; drop(): Promise<void> }>;
  close(): Promise<void>;
}

/** @param place a folder that is there for it, on a disk of its own */
export async function startGround(place?: string): Promise<Ground> {
  const folder = mkdtempSync(join(place ?? tmpdir(), 'catwalk-faults-'));
  const server = await startEmbeddedPostgres({ folder, durable: true, maxConnections: 600 });
  const close = closeOnSignal(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    const { adminUrl, pid } = server;
    await runSql(adminUrl, 'CREATE DATABASE template_of_faults');
    await migrate(databaseUrl(adminUrl, 'template_of_faults'));
    const [row] = await runSql<{ server_version: string }>(adminUrl, 'SHOW server_version');
    const createDatabase = databaseMaker(adminUrl);
    return { folder, pid, version: row?.server_version ?? '', createDatabase, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One at a time: a template is cloned only while nobody is connected to it. */
function databaseMaker(adminUrl: string): Ground['createDatabase'] {
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    count += 1;
    const name = `faults_${count}`;
    const made = last.then(() => runSql(adminUrl, `CREATE DATABASE ${name} TEMPLATE template_of_faults`));
    last = made.catch(() => undefined);
    const drop = async () => {
      await runSql(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    };
    return made.then(() => ({ url: databaseUrl(adminUrl, name), drop }));
  };
}
