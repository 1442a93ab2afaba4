import {
  createDatabaseIfMissing,
  EmbeddedPostgresError,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '@catwalk/infra/embedded';
import type { StartConfig } from './config.js';
import type { Home } from './prepare-home.js';
import { DATABASE } from './start-parts.js';

/** A database to look at, and what is to be done when that is over. */
export interface CheckedDatabase {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The database that a start would use. The embedded server is started where it does not run already. */
export async function openDatabaseToCheck(config: StartConfig, home: Home): Promise<CheckedDatabase> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, close: async () => undefined };
  try {
    const server = await startEmbeddedPostgres({ folder: home.postgresFolder });
    await createDatabaseIfMissing(server.adminUrl, DATABASE);
    return { url: server.url(DATABASE), close: () => server.stop() };
  } catch (error) {
    const url =
      error instanceof EmbeddedPostgresError ? findEmbeddedPostgres(home.postgresFolder, DATABASE) : null;
    if (url === null) throw error;
    return { url, close: async () => undefined };
  }
}
