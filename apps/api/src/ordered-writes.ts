/** Writes that are made one after the other, while what comes next is prepared. */
export interface OrderedWrites {
  /** Resolves when there is room for one more. After one that failed none is made. */
  add(write: () => Promise<void>): Promise<void>;
  /** Resolves when all have been made, and rejects with what failed first. */
  done(): Promise<void>;
  /** Resolves when none is under way. */
  settle(): Promise<void>;
}

/** At most so many writes wait or are under way; what fails is told at once, and to who adds or waits. */
export function createOrderedWrites(most: number, failed: (error: Error) => void): OrderedWrites {
  let last: Promise<void> = Promise.resolve();
  const open: Promise<void>[] = [];
  return {
    async add(write) {
      if (open.length >= most) await open.shift();
      last = last.then(write);
      last.catch(failed);
      open.push(last);
    },
    done: () => last,
    settle: () => last.catch(() => undefined),
  };
}
