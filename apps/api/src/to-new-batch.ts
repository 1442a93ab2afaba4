import { createHash } from 'node:crypto';
import { type BatchOptions, PRIORITIES } from '@catwalk/contract';
import type { NewBatch } from '@catwalk/infra/postgres';
import type { BatchOffer } from './accept-batch.js';
import type { BatchHead } from './batch-input/read-batch.js';

/** A batch as it is to be stored, before its lines. */
export function toNewBatch(offer: BatchOffer, head: BatchHead, options: BatchOptions): NewBatch {
  const { pilot, pauseOnFailures, maxImages, expiresAt, priority, copyInputs } = options;
  return {
    client: offer.caller.client,
    idempotencyKey: offer.idempotencyKey,
    format: offer.format,
    options: hashOf([
      [offer.format, pilot, pauseOnFailures?.ratio, pauseOnFailures?.after],
      [maxImages, expiresAt?.getTime(), priority, Object.entries(head.defaults ?? {}).sort(byName)],
      ...(copyInputs ? ['copyInputs'] : []),
    ]),
    columns: head.columns,
    delimiter: head.delimiter,
    pilot,
    pauseOnFailures,
    maxImages,
    priority: PRIORITIES.indexOf(priority),
    expiresAt,
  };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
