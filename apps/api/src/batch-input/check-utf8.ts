import { isUtf8 } from 'node:buffer';

/**
 * Looks for the first byte of a stream that is no UTF-8, piece by piece; a character may be cut between two.
 * Answers that byte's offset within the piece (an earlier one counts as 0), or null while all is well.
 */
export function createUtf8Check(): (piece: Buffer | null) => number | null {
  let cut: Buffer = Buffer.alloc(0);
  return (piece) => {
    if (piece === null) return cut.length > 0 ? 0 : null;
    const bytes = cut.length > 0 ? Buffer.concat([cut, piece]) : piece;
    const before = cut.length;
    const whole = bytes.length - cutBytes(bytes);
    if (!isUtf8(bytes.subarray(0, whole))) return Math.max(0, firstBad(bytes) - before);
    cut = bytes.subarray(whole);
    return null;
  };
}

/** How many bytes at the end are the beginning of a character. */
function cutBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

function firstBad(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const part = bytes.subarray(0, middle);
    if (isUtf8(part.subarray(0, middle - cutBytes(part)))) good = middle;
    else bad = middle;
  }
  return good;
}
