import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { PRISMA_FOLDER } from './prisma-folder.js';
import { SCHEMA_FILTERS, withSchemaEngine } from './schema-engine.js';

/**
 * Applies the migrations that are not there. One that was interrupted is begun again; where its script then
 * meets its own work, that is all there (a script is one transaction) and only its mark is written.
 */
export async function applyMigrations(
  client: pg.Client,
  databaseUrl: string,
  names: readonly string[],
): Promise<void> {
  const interrupted = new Set(await rollBackUnfinished(client));
  for (;;) {
    try {
      return await apply(databaseUrl, names);
    } catch (error) {
      const [failed] = await unfinished(client);
      if (failed === undefined || !interrupted.delete(failed) || !MET_ITSELF.test(String(error))) throw error;
      await client.query(`UPDATE catwalk._prisma_migrations
        SET finished_at = clock_timestamp(), applied_steps_count = 1, logs = NULL WHERE ${UNFINISHED}`);
    }
  }
}

/** An object is there already, or gone already: a table, a column, an index or a constraint. */
const MET_ITSELF = /\[(42P07|42701|42710|42P01|42703|42704)\]/;

const UNFINISHED = 'finished_at IS NULL AND rolled_back_at IS NULL';

async function unfinished(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM catwalk._prisma_migrations WHERE ${UNFINISHED} ORDER BY name`,
  );
  return rows.map((row) => row.name);
}

/** Prisma refuses to go on after an unfinished migration until somebody says that nothing of it is there. */
async function rollBackUnfinished(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(`SELECT to_regclass('catwalk._prisma_migrations') AS table`);
  if (rows[0]?.table === null) return [];
  const names = await unfinished(client);
  if (names.length > 0)
    await client.query(
      `UPDATE catwalk._prisma_migrations SET rolled_back_at = clock_timestamp() WHERE ${UNFINISHED}`,
    );
  return names;
}

async function apply(databaseUrl: string, names: readonly string[]): Promise<void> {
  const datamodel = await readFile(join(PRISMA_FOLDER, 'schema.prisma'), 'utf8');
  const migrationsList = await listMigrations(names);
  await withSchemaEngine(databaseUrl, datamodel, (engine) =>
    engine.applyMigrations({ migrationsList, filters: SCHEMA_FILTERS }),
  );
}

async function listMigrations(names: readonly string[]): Promise<unknown> {
  const baseDir = join(PRISMA_FOLDER, 'migrations');
  const directories = names.map(async (name) => ({
    path: name,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok', value: await readFile(join(baseDir, name, 'migration.sql'), 'utf8') },
    },
  }));
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(directories),
  };
}
