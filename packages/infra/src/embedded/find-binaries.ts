import { spawnSync } from 'node:child_process';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** Where the bundled server's programs are, and which PostgreSQL they are. */
export interface Binaries extends ServerPrograms {
  majorVersion: string;
}

/** Paths of the two programs that make and run a server. */
export interface ServerPrograms {
  postgres: string;
  initdb: string;
}

/** Finds the PostgreSQL that was installed for this platform, or reads the version of the one that is named. */
export async function findBinaries(named?: ServerPrograms): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  const { postgres, initdb } = named ?? (await importPaths(platform));
  const { stdout } = spawnSync(postgres, ['--version'], { encoding: 'utf8', env: serverEnvironment() });
  const majorVersion = /\b(\d+)\.\d+/.exec(stdout ?? '')?.[1];
  if (majorVersion === undefined) {
    throw new EmbeddedPostgresError(
      `The bundled PostgreSQL does not run on this ${platform} system; set DATABASE_URL.`,
    );
  }
  return { postgres, initdb, majorVersion };
}

/** What the server's processes see of our environment: nothing that could lead them elsewhere, and no secret. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

async function importPaths(platform: string): Promise<ServerPrograms> {
  try {
    return (await import(`@embedded-postgres/${platform}`)) as ServerPrograms;
  } catch {
    throw new EmbeddedPostgresError(
      `There is no bundled PostgreSQL for ${platform}; set DATABASE_URL to a server of your own.`,
    );
  }
}
