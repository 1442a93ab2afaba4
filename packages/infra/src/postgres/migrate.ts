import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { applyMigrations } from './apply-migrations.js';
import { PRISMA_FOLDER } from './prisma-folder.js';

/** A database that is not ours to change, or too old: an operator's mistake, told in one sentence. */
export class DatabaseRefusedError extends Error {
  override name = 'DatabaseRefusedError';
}

const MIGRATION_LOCK = 4_310_431_143;

/**
 * Brings the schema `catwalk` of a database to the newest migration. Safe to run at once from many
 * processes, and quick when there is nothing to do.
 *
 * @throws DatabaseRefusedError before any change, when the server is older than 14 or the schema is another's
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const names = await migrationNames();
    const applied = await appliedMigrations(client, names);
    if (names.every((name) => applied.has(name))) return;
    await client.query('CREATE SCHEMA IF NOT EXISTS catwalk');
    await applyMigrations(client, databaseUrl, names);
  } finally {
    await client.end();
  }
}

async function appliedMigrations(client: pg.Client, names: readonly string[]): Promise<Set<string>> {
  await refuseOldServer(client);
  const relations = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('catwalk')`,
  );
  if (relations.rows.length === 0) return new Set();
  const ours = relations.rows.some((row) => row.relname === '_prisma_migrations');
  const applied = ours
    ? await client.query<{ migration_name: string }>(
        'SELECT migration_name FROM catwalk._prisma_migrations WHERE finished_at IS NOT NULL',
      )
    : { rows: [] };
  const known = new Set(applied.rows.map((row) => row.migration_name));
  const first = names[0];
  if (ours && known.size === 0 && (await wasInterrupted(client, relations.rows.length, first))) return known;
  if (first === undefined || !known.has(first))
    throw new DatabaseRefusedError(
      'the database has a schema "catwalk" that Catwalk did not make; give it a database of its own (DATABASE_URL)',
    );
  return known;
}

/** Prisma's own table and its key: a kill before the first migration leaves only these. */
const EMPTY_HISTORY = 2;

/** A first migration that was killed half-way left nothing of worth behind: it is begun anew. */
async function wasInterrupted(
  client: pg.Client,
  relations: number,
  first: string | undefined,
): Promise<boolean> {
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM catwalk._prisma_migrations',
  );
  if (rows.length === 0) return relations <= EMPTY_HISTORY;
  if (rows.some((row) => row.migration_name !== first)) return false;
  await client.query('DROP SCHEMA catwalk CASCADE');
  return true;
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>('SHOW server_version_num' as string);
  const version = Number((rows[0] as { server_version_num?: string } | undefined)?.server_version_num);
  if (version < 140_000) throw new DatabaseRefusedError('PostgreSQL 14 or newer is needed (DATABASE_URL)');
}

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(join(PRISMA_FOLDER, 'migrations'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
