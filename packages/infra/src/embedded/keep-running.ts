import type { RunningServer } from './find-running-server.js';
import { processIdentity } from './process-identity.js';

/** How often the server is looked for, and a start that failed is tried again. */
const LOOK_MS = 1_000;

/** A server that is started again when it dies. */
export interface KeptServer {
  /** No start begins after this; resolves with the server that is to be stopped. */
  release(): Promise<RunningServer>;
}

/**
 * Looks after a server: it may be killed from outside, or for want of memory, and nobody else would start it
 * again while its clients wait for it. It is looked for rather than listened to, since one that was taken over
 * is no child of ours.
 *
 * @param onRestart told once with what keeps it from starting, and once with null when it runs again
 */
export function keepRunning(
  server: RunningServer,
  start: () => Promise<RunningServer>,
  onRestart: (trouble: Error | null) => void,
): KeptServer {
  let current = server;
  let identity = processIdentity(server.pid);
  let starting: Promise<void> | undefined;
  let isTold = false;

  const startAgain = async () => {
    try {
      current = await start();
      identity = processIdentity(current.pid);
      isTold = false;
      onRestart(null);
    } catch (trouble) {
      if (!isTold) onRestart(trouble as Error);
      isTold = true;
    } finally {
      starting = undefined;
    }
  };
  const timer = setInterval(() => {
    if (starting === undefined && processIdentity(current.pid) !== identity) starting = startAgain();
  }, LOOK_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      await starting;
      return current;
    },
  };
}
