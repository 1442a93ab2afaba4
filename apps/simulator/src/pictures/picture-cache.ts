/** Keeps the pictures used last, up to a number of bytes. Two that want the same one wait for one making. */
export type PictureCache = { get(key: string, make: () => Promise<Buffer>): Promise<Buffer> };

type Entry = { made: Promise<Buffer>; bytes: number; staleAt: number };

export function createPictureCache(bytesMax: number, keptMs: number): PictureCache {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const drop = (key: string, entry: Entry): void => {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    bytes -= entry.bytes;
  };
  const weigh = (key: string, entry: Entry, picture: Buffer): void => {
    if (entries.get(key) !== entry) return;
    entry.bytes = picture.length;
    bytes += picture.length;
    for (const [oldKey, oldEntry] of entries) {
      if (bytes <= bytesMax || oldEntry === entry) break;
      drop(oldKey, oldEntry);
    }
  };
  return {
    get(key, make) {
      const known = entries.get(key);
      if (known && known.staleAt > Date.now()) {
        entries.delete(key);
        entries.set(key, known);
        return known.made;
      }
      if (known) drop(key, known);
      const entry: Entry = { made: make(), bytes: 0, staleAt: Date.now() + keptMs };
      entries.set(key, entry);
      entry.made.then(
        (picture) => weigh(key, entry, picture),
        () => drop(key, entry),
      );
      return entry.made;
    },
  };
}
