import { type CreateTryOn, INVALID_LINES_KEPT, type Issue, PRIORITIES } from '@catwalk/contract';
import { type InvalidLineRow, jobBytes, jobText, type NewChunk } from '@catwalk/infra/postgres';
import type { LineChunk } from './cut-chunks.js';
import type { JudgedLine } from './judge-line.js';

type Invalid = Extract<JudgedLine<never>, { kind: 'invalid' }>;

/** A line with a thousand unknown fields is as invalid as one with twenty. */
const ISSUES_MAX = 20;
const PATH_LENGTH_MAX = 200;

/** A chunk as it is to be stored, behind so many invalid lines. */
export function toNewChunk(chunk: LineChunk<string>, invalidBefore: number): NewChunk {
  const jobs: string[] = [];
  let images = 0;
  const invalid: Invalid[] = [];
  for (const line of chunk.lines) {
    if (line.kind === 'invalid') {
      invalid.push(line);
      continue;
    }
    jobs.push(line.job);
    images += line.imageCount;
  }
  const { number, firstLine, hash } = chunk;
  const kept = invalid.slice(0, Math.max(0, INVALID_LINES_KEPT - invalidBefore)).map(toInvalidLine);
  const counts = { lines: chunk.lines.length, invalidCount: invalid.length };
  return { number, firstLine, hash, ...counts, jobs: jobBytes(jobs), images, invalid: kept };
}

/** A valid line as its chunk keeps it. */
export function toJobText(line: number, body: CreateTryOn, fingerprint: string): string {
  return jobText({ line, fingerprint, priority: PRIORITIES.indexOf(body.priority) }, body);
}

function toInvalidLine({ line, issues, cells }: Invalid): InvalidLineRow {
  return { line, issues: storableIssues(issues), cells: cells === null ? null : storableCells(cells) };
}

/** As they are kept and shown: names of unknown fields are text from outside. */
export function storableIssues(issues: readonly Issue[]): Issue[] {
  return issues
    .slice(0, ISSUES_MAX)
    .map(({ path, message }) => ({ path: storable(path.slice(0, PATH_LENGTH_MAX)), message }));
}

function storableCells(cells: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(cells).map(([column, cell]) => [storable(column), storable(cell)]),
  );
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
