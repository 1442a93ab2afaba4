const LF = 0x0a;
const CR = 0x0d;

/** Counts line ends of a stream: LF, CRLF, and CR alone. Holds only those behind the last place asked for. */
export interface NewlineCount {
  add(piece: Buffer): void;
  /** How many lie wholly before an offset; asked for in rising order. */
  before(offset: number): number;
}

export function createNewlineCount(): NewlineCount {
  let [total, passed, next] = [0, 0, 0];
  let afterCr = false;
  let ends: number[] = [];
  return {
    add(piece) {
      ends = ends.slice(next);
      next = 0;
      for (const byte of piece) {
        if (byte === LF || afterCr) ends.push(byte === LF ? total + 1 : total);
        afterCr = byte === CR;
        total++;
      }
    },
    before(offset) {
      while (next < ends.length && (ends[next] ?? 0) <= offset) {
        next++;
        passed++;
      }
      // A CR at the very end is a line end too; whether an LF follows does not change the count.
      return passed + (afterCr && offset === total ? 1 : 0);
    },
  };
}
