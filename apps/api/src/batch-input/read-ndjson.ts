import { isUtf8 } from 'node:buffer';
import { BATCH_LINE_BYTES_MAX } from '@catwalk/contract';
import { type BatchRecord, brokenRecord, TOO_LONG } from './batch-record.js';
import { isNestedTooDeep, TOO_DEEP } from './is-too-deep.js';
import { readPieces } from './read-pieces.js';

const LF = 0x0a;
const CR = 0x0d;
/** Room for a CR behind the longest line. */
const KEPT_BYTES_MAX = BATCH_LINE_BYTES_MAX + 1;

/** Reads one try-on per line. Blank lines are left out and counted; a broken line spoils no other. */
export async function* readNdjson(body: AsyncIterable<Uint8Array>): AsyncGenerator<BatchRecord> {
  let line = 1;
  let rest: Rest = { parts: [], bytes: 0 };
  for await (const piece of readPieces(body)) {
    let from = 0;
    for (let end = piece.indexOf(LF); end !== -1; end = piece.indexOf(LF, from)) {
      const record = readLine(extend(rest, piece.subarray(from, end)), line++);
      rest = { parts: [], bytes: 0 };
      from = end + 1;
      if (record !== null) yield record;
    }
    rest = extend(rest, piece.subarray(from));
  }
  const last = readLine(rest, line);
  if (last !== null) yield last;
}

/** What there is of a line so far; of one that is too long only the number of bytes. */
interface Rest {
  readonly parts: Buffer[];
  readonly bytes: number;
}

function extend({ parts, bytes }: Rest, part: Buffer): Rest {
  const all = bytes + part.length;
  if (part.length === 0) return { parts, bytes };
  if (all > KEPT_BYTES_MAX) return { parts: [], bytes: all };
  parts.push(part);
  mergeSmall(parts);
  return { parts, bytes: all };
}

/** A line that comes byte by byte must not become a list of a million buffers: each part is smaller than the one before. */
function mergeSmall(parts: Buffer[]): void {
  for (;;) {
    const [before, last] = parts.slice(-2);
    if (before === undefined || last === undefined || before.length > last.length) return;
    parts.splice(-2, 2, Buffer.concat([before, last]));
  }
}

function readLine({ parts, bytes }: Rest, line: number): BatchRecord | null {
  if (bytes > KEPT_BYTES_MAX) return brokenRecord(line, bytes, TOO_LONG);
  const [only = Buffer.alloc(0), ...more] = parts;
  const all = more.length === 0 ? only : Buffer.concat(parts);
  const content = all[all.length - 1] === CR ? all.subarray(0, -1) : all;
  if (content.length > BATCH_LINE_BYTES_MAX) return brokenRecord(line, bytes, TOO_LONG);
  if (!isUtf8(content)) return brokenRecord(line, bytes, 'is not UTF-8');
  const text = content.toString('utf8');
  if (/^[ \t\r]*$/.test(text)) return null;
  return readText(text, line, bytes);
}

function readText(text: string, line: number, bytes: number): BatchRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return brokenRecord(line, bytes, 'is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return brokenRecord(line, bytes, 'must be a JSON object');
  if (isNestedTooDeep(value)) return brokenRecord(line, bytes, TOO_DEEP);
  return { kind: 'record', line, bytes, value, cells: null };
}
