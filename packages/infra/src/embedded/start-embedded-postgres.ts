import { dirname } from 'node:path';
import { chooseServerUser, requireReachable } from './choose-server-user.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { type Binaries, findBinaries, type ServerPrograms } from './find-binaries.js';
import { findRunningServer, type RunningServer } from './find-running-server.js';
import { hasDataFolder, initializeDataFolder, superuser } from './initialize-data-folder.js';
import { type KeptServer, keepRunning } from './keep-running.js';
import { launchServer } from './launch-server.js';
import { ownFolder } from './own-folder.js';
import { type Layout, notWritable, prepareFolder, readOrMakePassword } from './prepare-folder.js';
import type { ServerOptions } from './server-arguments.js';
import { stopServer } from './stop-server.js';
import { takeOverServer } from './take-over-server.js';

/** What to run and where. */
export interface EmbeddedPostgresOptions extends Partial<ServerOptions> {
  /** Belongs to the embedded server alone: data, password, log, lock. Made if missing. */
  folder: string;
  /** Another PostgreSQL than the bundled one. */
  programs?: ServerPrograms;
  /** With it, a server that dies is started again, on the same port, until `stop`: told of each, null when it runs. */
  onRestart?: (trouble: Error | null) => void;
}

/** A running embedded server. */
export interface EmbeddedPostgres {
  /** The address of a database on it, password included: never log it. */
  url(database: string): string;
  /** The address of its maintenance database `postgres`. */
  adminUrl: string;
  port: number;
  /** Of the server that was there first. */
  pid: number;
  /** True when it was already running because its last owner was killed. */
  adopted: boolean;
  /** Stops the server and gives up the folder. Bounded; may be called more than once. */
  stop(): Promise<void>;
}

/** Runs the bundled PostgreSQL on a folder of its own, which no second process can use at the same time. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries(options.programs);
  const layout = prepareFolder(options.folder);
  const release = own(layout.folder);
  try {
    const { server, adopted, urlOf, startAgain } = await startOwned(layout, binaries, {
      durable: options.durable ?? true,
      maxConnections: options.maxConnections ?? 200,
      settings: options.settings ?? {},
    });
    const { onRestart } = options;
    const kept = onRestart === undefined ? null : keepRunning(server, startAgain, onRestart);
    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= stopLast(kept, server).finally(release);
      return stopping;
    };
    const url = (database: string) => urlOf(server.port, database);
    return { url, adminUrl: url('postgres'), port: server.port, pid: server.pid, adopted, stop };
  } catch (error) {
    release();
    throw asSentence(layout.folder, error);
  }
}

async function stopLast(kept: KeptServer | null, first: RunningServer): Promise<void> {
  const { pid } = (await kept?.release()) ?? first;
  await stopServer(pid);
}

async function startOwned(layout: Layout, binaries: Binaries, serverOptions: ServerOptions) {
  const user = chooseServerUser(layout.dataFolder);
  if (user) requireReachable([layout.folder, dirname(binaries.postgres)], user);
  const hasData = hasDataFolder(layout, binaries.majorVersion);
  const password = readOrMakePassword(layout, hasData);
  const urlOf = (port: number, database = 'postgres') =>
    `postgresql://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  if (!hasData) {
    await initializeDataFolder(layout, binaries, { password, user, durable: serverOptions.durable });
  }
  const all = { ...serverOptions, user, urlOf };
  const found: RunningServer | undefined = await takeOverServer(layout, binaries, all);
  const server = found ?? (await launchServer(layout, binaries, all));
  const startAgain = async () => {
    refuseSecondServer(layout);
    return launchServer(layout, binaries, { ...all, port: server.port });
  };
  return { server, adopted: found !== undefined, urlOf, startAgain };
}

/** Looking for one also clears the pid file of a dead server, whose number still names a process: a new one, or a zombie. */
function refuseSecondServer(layout: Layout): void {
  const other = findRunningServer(layout.dataFolder);
  if (other === undefined) return;
  throw new EmbeddedPostgresError(
    `another PostgreSQL (process ${other.pid}) was started on ${layout.dataFolder}: stop it, and Catwalk starts its own`,
  );
}

function own(folder: string): () => void {
  try {
    return ownFolder(folder);
  } catch (error) {
    throw asSentence(folder, error);
  }
}

function asSentence(folder: string, error: unknown): unknown {
  if (error instanceof EmbeddedPostgresError) return error;
  const isFileError = error instanceof Error && 'syscall' in error && 'path' in error;
  return isFileError ? notWritable(String(error.path ?? folder), error) : error;
}
