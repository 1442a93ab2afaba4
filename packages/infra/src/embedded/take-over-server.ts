import { askServer } from './ask-server.js';
import type { Binaries } from './find-binaries.js';
import { findRunningServer, type RunningServer } from './find-running-server.js';
import type { Layout } from './prepare-folder.js';
import { type ServerOptions, serverArguments, wasStartedWith } from './server-arguments.js';
import { stopServer } from './stop-server.js';

/** What the dead owner's connections still do must not go on beside what the new owner does. */
const endOtherConnections = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/**
 * Takes over the server that an owner who was killed has left running: adopted if it is just what we would start and
 * answers to our password, else stopped. Undefined when there is none to adopt.
 */
export async function takeOverServer(
  layout: Layout,
  binaries: Binaries,
  options: ServerOptions & { urlOf(port: number): string },
): Promise<RunningServer | undefined> {
  const running = findRunningServer(layout.dataFolder);
  if (running === undefined) return undefined;
  const args = serverArguments(layout.dataFolder, running.port, options);
  if (wasStartedWith(layout.dataFolder, binaries.postgres, args)) {
    try {
      await askServer(options.urlOf(running.port), endOtherConnections);
      return running;
    } catch {
      // It does not answer as ours: below it is stopped, and a fresh one will.
    }
  }
  await stopServer(running.pid);
  return undefined;
}
