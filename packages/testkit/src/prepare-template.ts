import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@catwalk/infra/postgres';
import { databaseUrl, runSql } from './run-sql.js';

const endConnections = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1';
const migrationsFolder = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/**
 * Makes the migrated database that every test clones, named after the migrations it was made from, and returns its
 * name. It appears under that name only when it is complete, so several runs may share a server.
 */
export async function prepareTemplate(adminUrl: string): Promise<string> {
  const template = `catwalk_template_${hashMigrations()}`;
  if (await exists(adminUrl, template)) return template;
  const draft = `${template}_${randomUUID().slice(0, 8)}`;
  await runSql(adminUrl, `CREATE DATABASE "${draft}"`);
  try {
    await migrate(databaseUrl(adminUrl, draft));
    // A database is renamed, and cloned, only while nobody is connected to it.
    await runSql(adminUrl, endConnections, [draft]);
    await runSql(adminUrl, `ALTER DATABASE "${draft}" RENAME TO "${template}"`);
  } catch (error) {
    await runSql(adminUrl, `DROP DATABASE IF EXISTS "${draft}" WITH (FORCE)`);
    if (!(await exists(adminUrl, template))) throw error;
  }
  return template;
}

async function exists(adminUrl: string, name: string): Promise<boolean> {
  return (await runSql(adminUrl, 'SELECT FROM pg_database WHERE datname = $1', [name])).length > 0;
}

function hashMigrations(): string {
  const hash = createHash('sha256');
  for (const path of readdirSync(migrationsFolder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (path.endsWith('.sql')) hash.update(path).update(readFileSync(join(migrationsFolder, path)));
  }
  return hash.digest('hex').slice(0, 12);
}
