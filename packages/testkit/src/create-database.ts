import { randomUUID } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { expectNoConnections } from './expect-no-connections.js';
import { databaseUrl, runSql } from './run-sql.js';

/** A database of one's own, migrated and empty. */
export interface TestDatabase {
  url: string;
  name: string;
  /** Removes it, together with every connection that is still open. */
  drop(): Promise<void>;
}

/** Clones the migrated template under a random name. `empty: true` gives a database without even the schema. */
export async function createDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const adminUrl = inject('catwalkAdminUrl');
  const name = `catwalk_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const template = options.empty ? 'template0' : inject('catwalkTemplate');
  await runSql(adminUrl, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  const drop = async () => {
    await runSql(adminUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  };
  return { url: databaseUrl(adminUrl, name), name, drop };
}

/**
 * The database of a test file: `const database = await databaseForFile();` at its top. It is dropped after the file's
 * last hook, and the file fails if connections are still open then.
 */
export async function databaseForFile(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const database = await createDatabase(options);
  afterAll(async () => {
    try {
      await expectNoConnections(inject('catwalkAdminUrl'), database.name);
    } finally {
      await database.drop();
    }
  });
  return database;
}
