import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRISMA_FOLDER } from './migrate.js';
import { openSchemaEngine, SCHEMA_FILTERS } from './schema-engine.js';

/**
 * The SQL that would turn a database, or nothing, into what `prisma/schema.prisma` describes. Empty for a
 * migrated database means that schema and migrations agree.
 */
export async function diffSchema(databaseUrl: string, from: 'empty' | 'database'): Promise<string> {
  const path = join(PRISMA_FOLDER, 'schema.prisma');
  const content = await readFile(path, 'utf8');
  const engine = await openSchemaEngine(databaseUrl, content);
  try {
    const result = await engine.diff({
      from:
        from === 'empty'
          ? { tag: 'empty' }
          : { tag: 'schemaDatasource', files: [{ path, content }], configDir: PRISMA_FOLDER },
      to: { tag: 'schemaDatamodel', files: [{ path, content }] },
      script: true,
      shadowDatabaseUrl: null,
      exitCode: null,
      filters: SCHEMA_FILTERS,
    });
    const sql = (result.stdout ?? '').trim();
    return sql === '-- This is an empty migration.' ? '' : sql;
  } finally {
    engine.free();
  }
}
