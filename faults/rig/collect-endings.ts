type End = () => Promise<unknown>;

/** What has to be ended again, the newest first. */
export interface Endings {
  /** Ended at once when the others have been ended already. */
  add(end: End): void;
  run(): Promise<void>;
}

export function collectEndings(): Endings {
  const endings: End[] = [];
  let ended = false;
  return {
    add: (end) => {
      if (ended) void end().catch(() => undefined);
      else endings.push(end);
    },
    run: async () => {
      ended = true;
      for (const end of endings.splice(0).reverse()) await end().catch(() => undefined);
    },
  };
}
