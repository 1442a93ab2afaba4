/** Runs so many at once; the others wait, and come in the order in which they asked. */
export function limitAtOnce(most: number): <Result>(run: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      // The place goes on to the next one.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
