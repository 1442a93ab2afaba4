import { openSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';

/** What waits to be written is bounded: lines are worth less than the process. */
const WAITING_MAX_BYTES = 8 * 1024 * 1024;

/** A file of log lines. One that cannot be written costs its lines, and is told once; the work goes on. */
export interface Log extends DestinationStream {
  flush(): void;
}

export function openLog(file: string): Log {
  let told = false;
  const tell = (error: unknown) => {
    const { message } = error as Error;
    if (!told) console.error(`${file} cannot be written (${message}): catwalk goes on without its log`);
    told = true;
  };
  const fd = open(file, tell);
  if (fd === null) return { write: () => undefined, flush: () => undefined };
  const destination = pino.destination({ dest: fd, sync: false, maxLength: WAITING_MAX_BYTES });
  // Its own listener takes itself off and throws where no other one is.
  destination.on('error', tell);
  destination.on('write', () => {
    told = false;
  });
  return {
    write: (line) => void destination.write(line),
    flush: () => {
      try {
        destination.flushSync();
      } catch (error) {
        tell(error);
      }
    },
  };
}

/** At once, since pino writes what is left when the process exits, and fails on a file that is still being opened. */
function open(file: string, tell: (error: unknown) => void): number | null {
  try {
    return openSync(file, 'a', 0o600);
  } catch (error) {
    tell(error);
    return null;
  }
}
