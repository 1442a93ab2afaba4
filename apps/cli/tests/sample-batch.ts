import { type Batch, batchSchema } from '@catwalk/contract';

const at = '2030-01-31T12:00:00.000Z';
const counts = {
  queued: 0,
  submitting: 0,
  unconfirmed: 0,
  processing: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
};

/** A running batch of ten, five of them succeeded, unless told. */
export function sampleBatch(
  more: Partial<Omit<Batch, 'counts'>> & { readonly counts?: Partial<Batch['counts']> } = {},
): Batch {
  return batchSchema.parse({
    id: `bat_${'0'.repeat(32)}`,
    object: 'batch',
    livemode: true,
    client: 'default',
    state: 'running',
    stateSince: at,
    paused: null,
    outcome: null,
    format: 'csv',
    total: 10,
    failures: {},
    waiting: {},
    invalidLines: { count: 0, first: [] },
    images: 10,
    imagesBilled: 5,
    estimatedCost: null,
    pilot: null,
    pauseOnFailures: null,
    maxImages: null,
    priority: 'normal',
    expiresAt: null,
    createdAt: at,
    startedAt: at,
    estimatedEndAt: null,
    finishedAt: null,
    updatedAt: at,
    ...more,
    counts: { ...counts, ...(more.counts ?? { queued: 5, succeeded: 5 }) },
  });
}
