/** Every timer of one simulator, so that closing or resetting it leaves none behind. */
export type Schedule = {
  later(delayMs: number, run: () => void): void;
  /** Never settles once the schedule is cleared: whoever waits is gone with it. */
  wait(delayMs: number): Promise<void>;
  clear(): void;
};

export function createSchedule(): Schedule {
  const timers = new Set<NodeJS.Timeout>();
  const later = (delayMs: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, delayMs);
    timers.add(timer);
  };
  return {
    later,
    wait: (delayMs) => new Promise((resolve) => later(delayMs, resolve)),
    clear() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
