import { type BatchRecord, brokenRecord } from './batch-record.js';
import type { CsvColumn } from './read-csv-columns.js';

/** A record of a CSV as it was cut: its cells, the lines it begins and ends on, and its bytes. */
export interface CsvCut {
  readonly cells: readonly string[];
  readonly line: number;
  readonly lastLine: number;
  readonly bytes: number;
}

const SWITCHES: ReadonlySet<string> = new Set(['copyInputs']);
const NUMBERS: ReadonlySet<string> = new Set(['imageCount', 'maxJobs']);

/** Makes a record of a CSV's cells. An empty cell is an absent field. */
export function readCsvRecord(cut: CsvCut, columns: readonly CsvColumn[]): BatchRecord {
  const texts = cut.cells.map(unguarded);
  const cells = toCells(texts, columns);
  // A few bytes may stand under long names, with which they are held.
  const bytes = Math.max(cut.bytes, JSON.stringify(cells).length);
  if (texts.length !== columns.length)
    return brokenRecord(cut.line, bytes, miscounted(cut, columns.length), cells);
  return { kind: 'record', line: cut.line, bytes, value: toValue(texts, columns), cells };
}

function toCells(texts: readonly string[], columns: readonly CsvColumn[]): Record<string, string> {
  return Object.fromEntries(
    columns.flatMap(({ name }, index) => {
      const text = texts[index] ?? '';
      return name === null || text === '' ? [] : [[name, text]];
    }),
  );
}

function miscounted({ cells, line, lastLine }: CsvCut, expected: number): string {
  const counts = `must have ${expected} cells, has ${cells.length}`;
  return lastLine === line ? counts : `${counts}; it goes on to line ${lastLine}: is a quote not closed?`;
}

/** Takes off the apostrophe that keeps spreadsheets from running a cell as a formula. */
function unguarded(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}

function toValue(texts: readonly string[], columns: readonly CsvColumn[]): Record<string, unknown> {
  const fields: [string, unknown][] = [];
  const metadata: [string, string][] = [];
  for (const [index, column] of columns.entries()) {
    const text = texts[index] ?? '';
    if (column.name === null || text === '') continue;
    if (column.key !== null) metadata.push([column.key, text]);
    else fields.push([column.field, cellValue(column.field, text)]);
  }
  // As entries, since a key may be `__proto__`.
  if (metadata.length > 0) fields.push(['metadata', Object.fromEntries(metadata)]);
  return Object.fromEntries(fields);
}

/** As spreadsheets write it: `TRUE` and `true`. */
function cellValue(field: string, text: string): unknown {
  if (isCount(field, text)) return Number(text);
  return SWITCHES.has(field) && /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text;
}

function isCount(field: string, text: string): boolean {
  return NUMBERS.has(field) && /^\d{1,15}$/.test(text);
}
