/**
 * A text as the cell of a CSV that no spreadsheet runs as a formula: what begins like one gets an apostrophe. So
 * does what has apostrophes before such a beginning, so that the reader, which takes one away, gives back each text
 * as it was.
 */
export function guardCell(text: string): string {
  return /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
