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

/** Closes what is open, the newest first, and exits. */
export function listenForSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, async () => {
      for (const close of [...open].reverse()) await close().catch(() => undefined);
      process.exit(1);
    });
}
