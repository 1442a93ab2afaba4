import { BATCH_LINE_BYTES_MAX } from '@catwalk/contract';
import { type BatchInput, type BatchRecord, brokenRecord, TOO_LONG } from './batch-record.js';
import { cutCsv } from './cut-csv.js';
import { findDelimiter } from './find-delimiter.js';
import { type CsvColumn, readCsvColumns } from './read-csv-columns.js';
import { type CsvCut, readCsvRecord } from './read-csv-record.js';
import { readPieces } from './read-pieces.js';
import { UnreadableInput } from './unreadable-input.js';

/**
 * Reads a CSV with a header of field names.
 *
 * @throws UnreadableInput for a header that cannot be used, text that is not UTF-8, a quote that is never closed
 */
export async function readCsv(body: AsyncIterable<Uint8Array>): Promise<BatchInput> {
  const pieces = readPieces(body);
  try {
    const { delimiter, read } = await findDelimiter(pieces);
    const cuts = cutCsv(startingWith(read, pieces), delimiter);
    const header = await cuts.next();
    if (header.done === true) throw empty();
    const columns = readCsvColumns(header.value.cells, header.value.line);
    const names = columns.flatMap(({ name }) => (name === null ? [] : [name]));
    const head = { columns: names, delimiter, options: {}, defaults: null };
    return { head, records: readRecords(cuts, columns) };
  } catch (error) {
    await pieces.return();
    throw error;
  }
}

async function* startingWith(read: Buffer, pieces: AsyncIterable<Buffer>) {
  if (read.length > 0) yield read;
  yield* pieces;
}

async function* readRecords(
  cuts: AsyncGenerator<CsvCut>,
  columns: readonly CsvColumn[],
): AsyncGenerator<BatchRecord> {
  for await (const cut of cuts) {
    // Spreadsheets leave lines of empty cells behind their last one.
    if (cut.bytes > BATCH_LINE_BYTES_MAX) yield brokenRecord(cut.line, cut.bytes, TOO_LONG);
    else if (cut.cells.some((cell) => cell !== '')) yield readCsvRecord(cut, columns);
  }
}

function empty(): UnreadableInput {
  return new UnreadableInput([{ path: '', message: 'must begin with a header that names the fields' }]);
}
