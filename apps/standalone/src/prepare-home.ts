import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError, makeFolder, privateFolderMode } from '@catwalk/infra/embedded';
import type { Mode } from '@catwalk/infra/process';

/** Where one mode keeps what is its own. */
export interface Home {
  readonly folder: string;
  readonly postgresFolder: string;
  readonly logFile: string;
  readonly simulatorStateFile: string;
  readonly sampleFolder: string;
  /** Made once, kept in a file that only its owner reads. */
  secret(name: 'callback-secret' | 'admin-key' | 'simulator-seed'): {
    readonly value: string;
    readonly path: string;
  };
}

/** Makes the home of a mode: nobody else may read or write there. */
export function prepareHome(home: string, mode: Mode): Home {
  const folder = join(resolve(home), mode);
  try {
    for (const each of [resolve(home), folder]) {
      makeFolder(each, privateFolderMode());
      chmodSync(each, privateFolderMode());
    }
  } catch {
    throw new EmbeddedPostgresError(`${folder} cannot be written; set CATWALK_HOME to a folder that can`);
  }
  return {
    folder,
    postgresFolder: join(folder, 'postgres'),
    logFile: join(folder, 'catwalk.log'),
    simulatorStateFile: join(folder, 'simulator.ndjson'),
    sampleFolder: join(folder, 'sample'),
    secret: (name) => readOrMake(join(folder, name)),
  };
}

function readOrMake(path: string): { value: string; path: string } {
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  return { value: readFileSync(path, 'utf8').trim(), path };
}
