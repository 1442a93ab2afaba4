import { createHash } from 'node:crypto';
import type { InputDepth } from '@catwalk/core';
import {
  type Database,
  type InputCheckRow,
  readInputChecks,
  type UncheckedJob,
} from '@catwalk/infra/postgres';
import type { InputAddress } from './open-input-looks.js';

const FIELDS = ['humanImage', 'dressInput', 'upperInput', 'lowerInput'] as const;

/** What is known of the images of some jobs. */
export interface SortedInputs {
  /** Nothing speaks against them. */
  readonly passed: readonly string[];
  readonly refused: readonly { readonly jobId: string; readonly message: string }[];
  /** Jobs with images of which nothing is known yet, and those of them that nobody looks at. */
  readonly open: readonly { readonly jobId: string; readonly wanted: readonly InputAddress[] }[];
}

/** Sorts jobs by what is remembered of their images. */
export async function sortOutInputs(
  db: Database,
  jobs: readonly UncheckedJob[],
  depth: InputDepth,
): Promise<SortedInputs> {
  const inputs = jobs.map((job) => ({ job, addresses: addressesOf(job, depth) }));
  const keys = new Set(inputs.flatMap(({ addresses }) => addresses.map(({ key }) => key)));
  const rows = new Map((await readInputChecks(db, [...keys])).map((row) => [row.key, row]));
  const found = {
    passed: [] as string[],
    refused: [] as SortedInputs['refused'][0][],
    open: [] as SortedInputs['open'][0][],
  };
  for (const { job, addresses } of inputs) {
    const jobId = job.id;
    const known = addresses.map((address) => ({ address, row: rowFor(job, rows.get(address.key)) }));
    const bad = known.find(({ row }) => row?.result === 'bad');
    if (bad !== undefined) found.refused.push({ jobId, message: `${bad.address.field}: ${bad.row?.reason}` });
    else if (known.every(({ row }) => row !== undefined && row.result !== null)) found.passed.push(jobId);
    else
      found.open.push({
        jobId,
        wanted: known.flatMap(({ address, row }) => (row === undefined ? [address] : [])),
      });
  }
  return found;
}

/** A person who asks again has perhaps put the image right: what was bad before is looked at once more. */
function rowFor({ retriedAt }: UncheckedJob, row: InputCheckRow | undefined): InputCheckRow | undefined {
  const isOld =
    row?.result === 'bad' && retriedAt !== null && row.checkedAt !== null && row.checkedAt < retriedAt;
  return isOld ? undefined : row;
}

function addressesOf(job: UncheckedJob, depth: InputDepth): InputAddress[] {
  return FIELDS.flatMap((field) => {
    const url = job[field];
    if (url === null) return [];
    // Addresses carry secrets: the table that remembers them holds hashes only.
    const key = createHash('sha256').update(`${depth} ${url}`).digest('base64url');
    return [{ field, url, key, since: job.retriedAt }];
  });
}
