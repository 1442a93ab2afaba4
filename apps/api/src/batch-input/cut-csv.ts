import { CsvError, parse } from 'csv-parse';
import { createUtf8Check } from './check-utf8.js';
import { createNewlineCount } from './count-newlines.js';
import { notUtf8 } from './read-csv-columns.js';
import type { CsvCut } from './read-csv-record.js';
import { UnreadableInput } from './unreadable-input.js';

/** What is held of one record at most. A longer one is most likely a quote that is never closed. */
const HELD_BYTES_MAX = 4_194_304;

/**
 * Cuts a CSV into records; blank lines are left out. A quote within an unquoted cell is text, as it is to
 * spreadsheets. Lines and sizes are counted here: csv-parse counts a CRLF in quotes twice, and to its own limit a
 * record of a million empty cells is small.
 */
export async function* cutCsv(
  pieces: AsyncIterable<Buffer>,
  delimiter: string,
): AsyncGenerator<CsvCut, void, undefined> {
  const newlines = createNewlineCount();
  const place: Place = { read: 0, end: 0, line: 1 };
  const cuts: CsvCut[] = [];
  const parser = openParser(delimiter, (cells, end) => {
    const [line, bytes] = [place.line, end - place.end];
    // Without the last byte, which ends the record and is no part of it.
    const lastLine = newlines.before(end - 1) + 1;
    place.end = end;
    place.line = newlines.before(end) + 1;
    if (cells.length > 1 || cells[0] !== '') cuts.push({ cells, line, lastLine, bytes });
  });
  for await (const piece of checked(pieces, newlines, place)) {
    await finish((done) => parser.write(piece, done), place);
    if (place.read - place.end > HELD_BYTES_MAX) throw unclosed(place.line);
    yield* cuts.splice(0);
  }
  await finish((done) => parser.end(done), place);
  yield* cuts.splice(0);
}

interface Place {
  /** Bytes given to the parser, where the last record ended, and the line on which the next begins. */
  read: number;
  end: number;
  line: number;
}

/** Records come by the callback and none by the stream's other end, so that a write is done when it is cut. */
function openParser(delimiter: string, onCells: (cells: readonly string[], end: number) => void) {
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    on_record: (cells: string[], { bytes }) => {
      onCells(cells, bytes);
      return null;
    },
  });
  // Whoever writes is told.
  return parser.on('error', () => {});
}

function finish(step: (done: (error?: Error | null) => void) => void, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    step((error) => {
      if (error) reject(error instanceof CsvError ? unclosed(place.line) : error);
      else resolve();
    });
  });
}

/** Passes pieces on while they are UTF-8. */
async function* checked(
  pieces: AsyncIterable<Buffer>,
  newlines: ReturnType<typeof createNewlineCount>,
  place: Place,
): AsyncGenerator<Buffer, void, undefined> {
  const findBad = createUtf8Check();
  for await (const piece of pieces) {
    newlines.add(piece);
    const bad = findBad(piece);
    if (bad !== null) throw notUtf8(newlines.before(place.read + bad) + 1);
    place.read += piece.length;
    yield piece;
  }
  if (findBad(null) !== null) throw notUtf8(newlines.before(place.read) + 1);
}

function unclosed(line: number): UnreadableInput {
  const message = 'begins a record that has no end: is a quote not closed?';
  return new UnreadableInput([{ path: '', message }], { line });
}
