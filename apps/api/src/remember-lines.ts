/** Which line first had a hash: a million of them in some 30 MB, where a Map would take 100. */
export interface LineMemory {
  /** The line that had this hash before, or null, and then this line is remembered. */
  remember(hash: number, line: number): number | null;
}

const SLOTS_AT_FIRST = 4_096;

/** A hash is a whole number from 0, as spread as the low bits of a digest are. */
export function createLineMemory(): LineMemory {
  let hashes = new Float64Array(SLOTS_AT_FIRST);
  // Lines count from 1: 0 is a free slot.
  let lines = new Int32Array(SLOTS_AT_FIRST);
  let used = 0;
  const slotOf = (hash: number) => {
    let slot = hash % lines.length;
    while (lines[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) % lines.length;
    return slot;
  };
  const put = (hash: number, line: number) => {
    const slot = slotOf(hash);
    hashes[slot] = hash;
    lines[slot] = line;
  };
  const grow = () => {
    const [oldHashes, oldLines] = [hashes, lines];
    hashes = new Float64Array(2 * oldHashes.length);
    lines = new Int32Array(2 * oldLines.length);
    for (const [slot, line] of oldLines.entries()) if (line !== 0) put(oldHashes[slot] ?? 0, line);
  };
  return {
    remember(hash, line) {
      const before = lines[slotOf(hash)] ?? 0;
      if (before !== 0) return before;
      if (++used * 2 > lines.length) grow();
      put(hash, line);
      return null;
    },
  };
}
