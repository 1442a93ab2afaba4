import type { ChunkFacts, InvalidLineRow } from './keep-chunk.js';
import { lineId } from './line-id.js';
import type { Database } from './open-database.js';

/** A line as it comes again: the fingerprint of its job, or what is wrong with it by itself. */
export interface RepeatedLine {
  readonly line: number;
  readonly fingerprint: string | null;
  readonly issues: InvalidLineRow['issues'];
}

/**
 * The first line of a repeated chunk that differs from what was stored of it; null when that cannot be told, since
 * of very many invalid lines only some are kept.
 */
export async function findChangedLine(
  db: Database,
  batchId: string,
  stored: ChunkFacts,
  lines: readonly RepeatedLine[],
): Promise<number | null> {
  const first = Math.min(stored.firstLine, lines[0]?.line ?? stored.firstLine);
  const last = lines.at(-1)?.line ?? stored.firstLine;
  const jobs = await db.prisma.$queryRaw<{ line: number; fingerprint: string }[]>`
    SELECT batch_line AS line, fingerprint FROM catwalk.try_on
    WHERE batch_id = ${batchId} AND id BETWEEN ${lineId(batchId, first)} AND ${lineId(batchId, last)}`;
  const invalid = await db.prisma.$queryRaw<Pick<InvalidLineRow, 'line' | 'issues'>[]>`
    SELECT line, issues FROM catwalk.batch_invalid_line
    WHERE batch_id = ${batchId} AND line BETWEEN ${first} AND ${last}`;
  return firstChange(stored, lines, {
    jobs: new Map(jobs.map((job) => [job.line, job.fingerprint])),
    invalid: new Map(invalid.map((one) => [one.line, one.issues])),
  });
}

interface StoredLines {
  readonly jobs: ReadonlyMap<number, string>;
  readonly invalid: ReadonlyMap<number, InvalidLineRow['issues']>;
}

/** What surely changed goes before what may have: a line can also have been refused for circumstances of its time. */
function firstChange(
  stored: ChunkFacts,
  lines: readonly RepeatedLine[],
  earlier: StoredLines,
): number | null {
  const sure = lines.find((line) => hasChanged(line, earlier));
  if (sure !== undefined) return sure.line;
  const likely = lines.find((line) => line.fingerprint !== null && earlier.invalid.has(line.line));
  if (likely !== undefined) return likely.line;
  const more = lines[stored.lines];
  if (more !== undefined) return more.line;
  return lines.length < stored.lines ? (lines.at(-1)?.line ?? stored.firstLine) + 1 : null;
}

function hasChanged({ line, fingerprint, issues }: RepeatedLine, { jobs, invalid }: StoredLines): boolean {
  const was = jobs.get(line);
  if (was !== undefined) return was !== fingerprint;
  const told = invalid.get(line);
  if (fingerprint !== null || told === undefined) return false;
  // Behind what is wrong with the line itself may stand what was wrong with it at that time.
  return issues.some(({ path, message }, index) => {
    const before = told[index];
    return before === undefined || before.path !== path || before.message !== message;
  });
}
