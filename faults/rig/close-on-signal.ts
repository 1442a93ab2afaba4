type Close = () => Promise<void>;

const open = new Set<Close>();

/** Has something closed on Ctrl-C or SIGTERM too, and no more once it is closed. */
export function closeOnSignal(close: Close): Close {
  const closeOnce: Close = async () => {
    if (open.delete(closeOnce)) await close();
  };
  open.add(closeOnce);
  return closeOnce;
}

let stopping = false;

/** Nothing new is to be started any more. */
export function isStopping(): boolean {
  return stopping;
}

/** Closes what is open, the newest first, and exits. */
export function listenForSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, async () => {
      stopping = true;
      while (open.size > 0) {
        const newest = [...open].at(-1);
        await newest?.().catch(() => undefined);
      }
      // What was just being started is ended as soon as it is there.
      setTimeout(() => process.exit(1), 1_000);
    });
}
