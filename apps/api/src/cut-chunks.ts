import { createHash } from 'node:crypto';
import type { RememberedRooms } from '@catwalk/infra/postgres';
import type { BatchRecord } from './batch-input/read-batch.js';
import type { Circumstances, JudgedLine, JudgeLine } from './judge-line.js';
import { unavailable } from './problem-error.js';

/** Lines that are stored together. Where one ends follows from the bytes of the input alone. */
export interface LineChunk<Job> {
  /** From 0. */
  readonly number: number;
  readonly firstLine: number;
  readonly lines: readonly JudgedLine<Job>[];
  readonly hash: string;
}

const CHUNK_LINES_MAX = 1_000;
const CHUNK_BYTES_MAX = 2_097_152;

/** Judges the lines of an input, and cuts them into chunks. Circumstances are read once for each. */
export async function* cutChunks<Job>(
  records: AsyncIterable<BatchRecord>,
  judge: JudgeLine<Job>,
  rooms: RememberedRooms,
): AsyncGenerator<LineChunk<Job>> {
  let lines: JudgedLine<Job>[] = [];
  let bytes = 0;
  let number = 0;
  let circumstances: Circumstances | null = null;
  for await (const record of records) {
    circumstances ??= await readCircumstances(rooms, false);
    let judged = judge(record, circumstances);
    if (judged.kind === 'invalid' && judged.hasUnknownEmail) {
      // The memory may be wrong, which the accounts as they are now will tell.
      circumstances = await readCircumstances(rooms, true);
      judged = judge(record, circumstances);
    }
    lines.push(judged);
    bytes += record.bytes;
    if (lines.length < CHUNK_LINES_MAX && bytes < CHUNK_BYTES_MAX) continue;
    yield toChunk(number++, lines);
    lines = [];
    bytes = 0;
    circumstances = null;
  }
  if (lines.length > 0) yield toChunk(number, lines);
}

async function readCircumstances(rooms: RememberedRooms, again: boolean): Promise<Circumstances> {
  const { accounts } = await (again ? rooms.readAgain() : rooms.read());
  if (again && accounts.length === 0) throw unavailable('The accounts are not known yet');
  return { emails: new Set(accounts.map(({ email }) => email)), nowMs: rooms.nowMs() };
}

function toChunk<Job>(number: number, lines: readonly JudgedLine<Job>[]): LineChunk<Job> {
  const text = lines.map(({ line, identity }) => `${line} ${identity}\n`).join('');
  const hash = createHash('sha256').update(text).digest('base64url');
  return { number, firstLine: lines[0]?.line ?? 0, lines, hash };
}
