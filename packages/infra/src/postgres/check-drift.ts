import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabaseIfMissing, privateFolderMode, startEmbeddedPostgres } from '../embedded/index.js';
import { diffSchema } from './diff-schema.js';
import { migrate } from './migrate.js';

/**
 * Migrates an empty throw-away database and compares it with the schema. Prints the SQL that is missing
 * from the migrations, if any, which is also how a new migration is authored.
 */
const folder = await mkdtemp(join(tmpdir(), 'catwalk-drift-'));
await chmod(folder, privateFolderMode());
const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), durable: false });
let exitCode = 1;
try {
  await createDatabaseIfMissing(server.adminUrl, 'drift');
  await migrate(server.url('drift'));
  const missing = await diffSchema(server.url('drift'));
  console.log(missing === '' ? 'prisma/schema.prisma and prisma/migrations agree' : missing);
  exitCode = missing === '' ? 0 : 1;
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
// The engine leaves a timer of ten seconds behind.
process.exit(exitCode);
