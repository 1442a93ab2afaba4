import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@catwalk/infra/embedded';
import { type Database, migrate, openDatabase } from '@catwalk/infra/postgres';
import { readServerCpuMs } from './read-server-cpu.js';

/** The PostgreSQL of a run: `DATABASE_URL`, else the embedded one with everything flushed that is promised. */
export interface BenchPostgres {
  readonly description: string;
  /** A database of one contender's own, migrated and empty. */
  createDatabase(contender: string): Promise<string>;
  /** CPU time of the server so far; null where it cannot be read. */
  cpuMs(): number | null;
  close(): Promise<void>;
}

export async function startBenchPostgres(): Promise<BenchPostgres> {
  const given = process.env.DATABASE_URL;
  const server = given ? null : await startEmbedded();
  const adminUrl = given ?? server?.adminUrl ?? '';
  const admin = openDatabase({ url: adminUrl, poolMax: 1 });
  const names: string[] = [];
  return {
    description: await describe(admin, server === null),
    createDatabase: async (contender) => {
      const name = `catwalk_bench_${process.pid}_${contender.replaceAll('-', '_')}`;
      names.push(name);
      await admin.prisma.$executeRawUnsafe(`CREATE DATABASE "${name}"`);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      await migrate(url.href);
      return url.href;
    },
    cpuMs: () => (server === null ? null : readServerCpuMs(server.pid)),
    close: async () => {
      for (const name of names)
        await admin.prisma.$executeRawUnsafe(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      await admin.close();
      await server?.end();
    },
  };
}

async function startEmbedded() {
  const folder = mkdtempSync(join(tmpdir(), 'catwalk-bench-'));
  const server = await startEmbeddedPostgres({ folder, durable: true, maxConnections: 400 });
  const end = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { adminUrl: server.adminUrl, pid: server.pid, end };
}

async function describe(admin: Database, isGiven: boolean): Promise<string> {
  const [row] = await admin.prisma.$queryRaw<{ version: string; fsync: string; commit: string }[]>`
    SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS commit`;
  const where = isGiven ? 'of DATABASE_URL' : 'embedded';
  return `PostgreSQL ${row?.version} (${where}, fsync ${row?.fsync}, synchronous_commit ${row?.commit})`;
}
