/** The pace is that of the last minute. */
const WINDOW_MS = 60_000;

/** How many had ended at a time. */
interface Sample {
  readonly atMs: number;
  readonly ended: number;
}

/** How fast a batch goes, by what was seen of it; null until two looks differ. */
export function createPace(): { look(ended: number, atMs: number): number | null } {
  let samples: Sample[] = [];
  return {
    look: (ended, atMs) => {
      samples = [...samples.filter((one) => atMs - one.atMs <= WINDOW_MS), { atMs, ended }];
      const [oldest] = samples;
      if (oldest === undefined || oldest.atMs === atMs || oldest.ended >= ended) return null;
      return ((ended - oldest.ended) * 1_000) / (atMs - oldest.atMs);
    },
  };
}
