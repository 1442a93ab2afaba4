import { PRIORITIES } from '@catwalk/contract';
import type { KeptInvalidLine, PictureLinks, ResultRow } from '@catwalk/infra/postgres';
import { addressToUse } from '@catwalk/presenters';
import { stringify } from 'csv-stringify/sync';
import { guardCell } from './guard-cell.js';

/** What a file of results says besides what the line itself asked for; the reader of inputs passes it over. */
const OUTCOME = ['tryOnId', 'status', 'images', 'errorCode', 'errorMessage'];
const FAILURE = ['errorCode', 'errorMessage'];

/** The columns of an input that had none of its own. */
const STANDARD = [
  'customId',
  'humanImage',
  'dressInput',
  'upperInput',
  'lowerInput',
  'imageCount',
  'email',
  'maxJobs',
  'replyUrl',
  'replyRef',
  'priority',
  'expiresAt',
  'copyInputs',
];
const METADATA = 'metadata.';

/** A CSV of results, piece by piece. */
export interface ResultsCsv {
  header(): string;
  results(rows: readonly ResultRow[]): string;
  invalidLines(rows: readonly KeptInvalidLine[]): string;
  /** A row that says how many more invalid lines there were. */
  missingLines(count: number): string;
}

export interface ResultsCsvOptions {
  /** The input's own columns; null: it had none. */
  readonly columns: readonly string[] | null;
  /** Labels of an input that had no columns of its own. */
  readonly labels: readonly string[];
  readonly delimiter: string;
  /** Nothing but failures: mended, it is an input again. */
  readonly failuresOnly: boolean;
  /** What addresses of our own pictures are made of. */
  readonly links: PictureLinks | null;
}

/** Writes results as CSV: the columns of the input, then what came of each line. */
export function resultsCsv({
  columns,
  labels,
  delimiter,
  failuresOnly,
  links,
}: ResultsCsvOptions): ResultsCsv {
  const input = columns ?? [...STANDARD, ...labels.map((label) => `${METADATA}${label}`)];
  const own = input.filter((name) => !OUTCOME.includes(name));
  const outcome = failuresOnly ? FAILURE : OUTCOME;
  const write = (records: readonly (readonly string[])[]) =>
    stringify(records as string[][], { delimiter, record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
  const record = (cellOf: (name: string) => string) =>
    [...own, ...outcome].map((name) => guardCell(cellOf(name)));
  return {
    header: () => write([[...own, ...outcome]]),
    results: (rows) =>
      write(
        rows.map((row) =>
          record((name) => (OUTCOME.includes(name) ? outcomeCell(row, name, links) : ownCell(row, name))),
        ),
      ),
    invalidLines: (rows) => write(rows.map((row) => record((name) => invalidCell(row, name)))),
    missingLines: (count) => write([record((name) => missingCell(count, name))]),
  };
}

function outcomeCell(row: ResultRow, name: string, links: PictureLinks | null): string {
  switch (name) {
    case 'tryOnId':
      return row.id;
    case 'status':
      return row.status;
    case 'images':
      return row.images.map(({ url }, index) => addressToUse(row, index, links) ?? url).join(' ');
    case 'errorCode':
      return row.error?.code ?? '';
    default:
      return row.deletedAt === null ? sayError(row.error) : DELETED;
  }
}

const DELETED = 'it was deleted: what it asked for and what came of it is gone';

function sayError(error: ResultRow['error']): string {
  if (error === null) return '';
  return error.providerMessage === null ? error.message : `${error.message}: ${error.providerMessage}`;
}

function ownCell(row: ResultRow, name: string): string {
  if (name.startsWith(METADATA)) {
    const label = name.slice(METADATA.length);
    return Object.hasOwn(row.metadata, label) ? (row.metadata[label] ?? '') : '';
  }
  if (name === 'priority') return PRIORITIES[row.priority] ?? 'normal';
  if (name === 'expiresAt') return row.expiresAt?.toISOString() ?? '';
  if (name === 'copyInputs') return row.copyInputs ? 'true' : '';
  const value = Object.hasOwn(row, name) ? row[name as keyof ResultRow] : null;
  return value === null ? '' : String(value);
}

function invalidCell({ line, issues, cells }: KeptInvalidLine, name: string): string {
  if (name === 'errorCode') return 'invalid_line';
  if (name !== 'errorMessage') return cells !== null && Object.hasOwn(cells, name) ? (cells[name] ?? '') : '';
  const said = issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`));
  return `line ${line}: ${said.join('; ')}`;
}

function missingCell(count: number, name: string): string {
  if (name === 'errorCode') return 'invalid_line';
  if (name !== 'errorMessage') return '';
  return `${count} more invalid lines are not kept: mend your own file and send it as a dry run until it has none`;
}
