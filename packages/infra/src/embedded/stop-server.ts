import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.js';

/** How long each way of asking may take, kindest first: a fast shutdown, an immediate one, none. */
const steps = [
  { signal: 'SIGINT', waitMs: 5_000 },
  { signal: 'SIGQUIT', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

/** Stops a postmaster and returns when it is gone. Every wait in it is bounded. */
export async function stopServer(pid: number): Promise<void> {
  const identity = processIdentity(pid);
  for (const { signal, waitMs } of identity === undefined ? [] : steps) {
    signalIfAlive(pid, signal);
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (processIdentity(pid) !== identity) return;
      await sleep(10);
    }
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
