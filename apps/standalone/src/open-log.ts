import { type DestinationStream, pino } from 'pino';

/** What waits to be written is bounded: lines are worth less than the process. */
const WAITING_MAX_BYTES = 8 * 1024 * 1024;

/** A file of log lines. One that cannot be written costs its lines, and is told once; the work goes on. */
export interface Log extends DestinationStream {
  flush(): void;
}

export function openLog(file: string): Log {
  const destination = pino.destination({
    dest: file,
    sync: false,
    mode: 0o600,
    maxLength: WAITING_MAX_BYTES,
  });
  let told = false;
  // Its own listener takes itself off and throws where no other one is.
  destination.on('error', (error: Error) => {
    if (!told) console.error(`${file} cannot be written (${error.message}): catwalk goes on without its log`);
    told = true;
  });
  destination.on('write', () => {
    told = false;
  });
  // A file that could not even be opened makes them throw as well.
  const attempt = (act: () => unknown) => {
    try {
      act();
    } catch {
      // It has been told of.
    }
  };
  return {
    write: (line) => attempt(() => destination.write(line)),
    flush: () => attempt(() => destination.flushSync()),
  };
}
