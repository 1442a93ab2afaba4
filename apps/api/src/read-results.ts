import type { BatchResult, ResultStatus } from '@catwalk/contract';
import { isRetryable } from '@catwalk/core';
import {
  type BatchRow,
  type Database,
  listInvalidLines,
  listResultLabels,
  listResults,
  type PictureLinks,
  type ResultRow,
} from '@catwalk/infra/postgres';
import { addressToUse } from '@catwalk/presenters';
import { invalidRequest } from './problem-error.js';
import { type ResultsCsv, resultsCsv } from './results-csv.js';

const PAGE = 500;
const LABELS_MAX = 200;

export interface WantedResults {
  readonly statuses: readonly ResultStatus[];
  /** Only what ended behind this position. */
  readonly after: bigint;
  /** What addresses of our own pictures are made of. */
  readonly links: PictureLinks | null;
}

/** The results of a batch as NDJSON, a page at a time; what ends meanwhile comes too. */
export async function* resultsAsNdjson(
  database: Database,
  batch: BatchRow,
  wanted: WantedResults,
): AsyncGenerator<string> {
  for await (const rows of pagesOf(database, batch, wanted))
    yield rows.map((row) => `${JSON.stringify(presentResult(row, wanted.links))}\n`).join('');
}

/** The same as CSV. Where it is of failures alone, the lines that could not be made try-ons follow. */
export async function* resultsAsCsv(
  database: Database,
  batch: BatchRow,
  wanted: WantedResults,
): AsyncGenerator<string> {
  const { columns, delimiter } = batch;
  const failuresOnly = wanted.statuses.length === 1 && wanted.statuses[0] === 'failed';
  const labels = columns === null ? await labelsOf(database, batch, wanted) : [];
  const csv = resultsCsv({ columns, labels, delimiter: delimiter ?? ',', failuresOnly, links: wanted.links });
  yield csv.header();
  for await (const rows of pagesOf(database, batch, wanted)) yield csv.results(rows);
  if (failuresOnly) yield* invalidLinesOf(database, batch, csv);
}

/** Of very many invalid lines not all are kept: then the last row says how many are missing. */
async function* invalidLinesOf(
  database: Database,
  { id: batchId, invalid }: BatchRow,
  csv: ResultsCsv,
): AsyncGenerator<string> {
  let missing = invalid;
  for (let afterLine: number | null = 0; afterLine !== null; ) {
    const lines = await listInvalidLines(database, { batchId, afterLine, limit: PAGE });
    yield csv.invalidLines(lines);
    missing -= lines.length;
    afterLine = lines.length < PAGE ? null : (lines.at(-1)?.line ?? null);
  }
  if (missing > 0) yield csv.missingLines(missing);
}

async function* pagesOf(
  database: Database,
  { id: batchId }: BatchRow,
  { statuses, after }: WantedResults,
): AsyncGenerator<readonly ResultRow[]> {
  for (let position: bigint | null = after; position !== null; ) {
    const page = await listResults(database, { batchId, statuses, after: position, limit: PAGE });
    yield page.rows;
    position = page.next;
  }
}

async function labelsOf(
  database: Database,
  { id: batchId }: BatchRow,
  { statuses }: WantedResults,
): Promise<string[]> {
  const labels = await listResultLabels(database, { batchId, statuses, most: LABELS_MAX });
  if (labels.length <= LABELS_MAX) return labels;
  const message = `must be ndjson: the results have more than ${LABELS_MAX} labels in their metadata`;
  throw invalidRequest([{ path: 'format', message }]);
}

function presentResult(row: ResultRow, links: PictureLinks | null): BatchResult {
  const { error } = row;
  return {
    position: String(row.position),
    line: row.line ?? 0,
    id: row.id,
    customId: row.customId,
    status: row.status,
    images: row.images.map(({ url }, index) => ({ index, url: addressToUse(row, index, links) ?? url })),
    error: error === null ? null : presentError(error),
    metadata: row.metadata,
    finishedAt: row.finishedAt.toISOString(),
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}

function presentError({ code, message, providerMessage }: NonNullable<ResultRow['error']>) {
  return { code, message, retryable: isRetryable(code), providerMessage };
}
