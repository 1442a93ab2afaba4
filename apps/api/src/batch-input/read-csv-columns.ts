import { createTryOnSchema, type Issue } from '@catwalk/contract';
import { UnreadableInput } from './unreadable-input.js';

const FIELDS: ReadonlySet<string> = new Set(
  Object.keys(createTryOnSchema.shape).filter((name) => name !== 'metadata'),
);
const METADATA = 'metadata.';
/** Each line is held with the names of its columns. */
const COLUMNS_MAX = 100;
/** A file of results is valid input again: what it says of the last run is passed over. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'tryOnId',
  'status',
  'images',
  'errorCode',
  'errorMessage',
]);

/** One column of a CSV; `name` is null where it is passed over. */
export type CsvColumn =
  | { readonly name: null }
  | { readonly name: string; readonly field: string; readonly key: null }
  | { readonly name: string; readonly field: 'metadata'; readonly key: string };

/** Reads the header of a CSV, in any order; everything that is wrong with it is told at once. */
export function readCsvColumns(header: readonly string[], line: number): readonly CsvColumn[] {
  const names = header.map((name) => name.trim());
  const own = names.filter((name) => !PASSED_OVER.has(name)).length;
  if (own > COLUMNS_MAX) throw tooMany(own, line);
  if (names.some((name) => name.includes('\0'))) throw notUtf8(line);
  const issues = names.flatMap((name, index) => judgeName(name, index, names));
  if (!names.includes('humanImage'))
    issues.push({ path: 'humanImage', message: 'must be a column of the header' });
  if (issues.length > 0) throw new UnreadableInput(issues, { line });
  return names.map(toColumn);
}

export function notUtf8(line: number): UnreadableInput {
  const message = 'is not UTF-8: save the file as CSV UTF-8 and send it again';
  return new UnreadableInput([{ path: '', message }], { line });
}

function tooMany(count: number, line: number): UnreadableInput {
  const message = `must have at most ${COLUMNS_MAX} columns, has ${count}`;
  return new UnreadableInput([{ path: '', message }], { line });
}

function judgeName(name: string, index: number, names: readonly string[]): Issue[] {
  if (name === '') return [{ path: `column ${index + 1}`, message: 'must have a name in the header' }];
  const first = names.indexOf(name);
  if (first !== index)
    return names.indexOf(name, first + 1) === index ? [{ path: name, message: 'must not stand twice' }] : [];
  if (name === 'metadata')
    return [{ path: name, message: 'must be a column for each key, such as metadata.sku' }];
  const isMetadata = name.startsWith(METADATA) && name.length > METADATA.length;
  if (isMetadata || FIELDS.has(name) || PASSED_OVER.has(name)) return [];
  return [{ path: name, message: 'is an unknown column' }];
}

function toColumn(name: string): CsvColumn {
  if (PASSED_OVER.has(name)) return { name: null };
  if (name.startsWith(METADATA)) return { name, field: 'metadata', key: name.slice(METADATA.length) };
  return { name, field: name, key: null };
}
