/**
 * The id of the try-on that a line of a batch's input becomes: the same again when the line is sent again, and in
 * the order of the lines. The batch's time, twelve digits of its chance, and the line.
 *
 * @param line from 1, below 2^32
 */
export function lineId(batchId: string, line: number): string {
  return linePrefix(batchId) + line.toString(16).padStart(8, '0');
}

/** What the ids of all lines of a batch begin with; behind it stands the line in eight hexadecimal digits. */
export function linePrefix(batchId: string): string {
  const hex = batchId.slice(batchId.indexOf('_') + 1);
  return `try_${hex.slice(0, 12)}${hex.slice(-12)}`;
}

/** The least and the greatest id that a line of a batch can have: no other try-on's lies between them. */
export function lineIdRange(batchId: string): { readonly first: string; readonly last: string } {
  return { first: lineId(batchId, 0), last: lineId(batchId, 0xffff_ffff) };
}
