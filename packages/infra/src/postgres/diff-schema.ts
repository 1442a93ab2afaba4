import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRISMA_FOLDER } from './prisma-folder.js';
import { SCHEMA_FILTERS, withSchemaEngine } from './schema-engine.js';

/**
 * The SQL that would turn a database into what `prisma/schema.prisma` describes. Empty for a migrated
 * database means that schema and migrations agree.
 */
export async function diffSchema(databaseUrl: string): Promise<string> {
  const path = join(PRISMA_FOLDER, 'schema.prisma');
  const content = await readFile(path, 'utf8');
  const files = [{ path, content }];
  const result = await withSchemaEngine(databaseUrl, content, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: PRISMA_FOLDER },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      shadowDatabaseUrl: null,
      exitCode: null,
      filters: SCHEMA_FILTERS,
    }),
  );
  const sql = (result.stdout ?? '').trim();
  return sql === '-- This is an empty migration.' ? '' : sql;
}
