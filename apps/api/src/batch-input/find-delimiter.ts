import { UnreadableInput } from './unreadable-input.js';

const HEADER_BYTES_MAX = 16_384;
const [LF, CR, QUOTE, COMMA, SEMICOLON] = [0x0a, 0x0d, 0x22, 0x2c, 0x3b];

/** Finds what stands between the cells of a CSV, by its first line; gives back the pieces that were read for it. */
export async function findDelimiter(
  pieces: AsyncIterator<Buffer>,
): Promise<{ readonly delimiter: ',' | ';'; readonly read: Buffer }> {
  let read: Buffer = Buffer.alloc(0);
  for (;;) {
    const counts = countInHeader(read);
    if (counts.ended) return { delimiter: counts.semicolons > counts.commas ? ';' : ',', read };
    if (read.length > HEADER_BYTES_MAX) throw tooLong();
    const next = await pieces.next();
    if (next.done === true) return { delimiter: counts.semicolons > counts.commas ? ';' : ',', read };
    read = Buffer.concat([read, next.value]);
  }
}

/** Blank lines before the header are no header; what stands in quotes does not count. */
function countInHeader(bytes: Buffer) {
  const counts = { commas: 0, semicolons: 0, ended: false };
  let [quoted, begun] = [false, false];
  for (const byte of bytes.subarray(0, HEADER_BYTES_MAX)) {
    if (byte === QUOTE) quoted = !quoted;
    const ends = (byte === LF || byte === CR) && !quoted;
    if (ends && begun) return { ...counts, ended: true };
    begun ||= !ends;
    if (byte === COMMA && !quoted) counts.commas++;
    if (byte === SEMICOLON && !quoted) counts.semicolons++;
  }
  return counts;
}

function tooLong(): UnreadableInput {
  const message = `must begin with a header of at most ${HEADER_BYTES_MAX} bytes`;
  return new UnreadableInput([{ path: '', message }], { line: 1 });
}
