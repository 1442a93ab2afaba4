import type { Batch, BatchResult, TryOn } from '@catwalk/contract';

const at = '2030-01-01T00:00:00.000Z';

export const tryOnId = `try_${'1'.repeat(32)}`;
export const batchId = `bat_${'1'.repeat(32)}`;

export function tryOn(more: Partial<TryOn> = {}): TryOn {
  return {
    id: tryOnId,
    object: 'try_on',
    livemode: false,
    client: 'default',
    customId: null,
    status: 'queued',
    waitingFor: null,
    humanImage: 'https://pictures.example/person.jpg',
    dressInput: 'https://pictures.example/dress.jpg',
    upperInput: null,
    lowerInput: null,
    imageCount: 1,
    email: null,
    maxJobs: null,
    copyInputs: false,
    replyUrl: null,
    replyRef: null,
    metadata: {},
    priority: 'normal',
    batchId: null,
    expiresAt: null,
    provider: 'useapi-kling',
    account: null,
    providerTaskId: null,
    attempts: 0,
    images: [],
    error: null,
    createdAt: at,
    submittedAt: null,
    finishedAt: null,
    updatedAt: at,
    deletedAt: null,
    ...more,
  };
}

export function batch(more: Partial<Batch> = {}): Batch {
  const none = { submitting: 0, unconfirmed: 0, processing: 0, succeeded: 0, failed: 0, canceled: 0 };
  return {
    id: batchId,
    object: 'batch',
    livemode: false,
    client: 'default',
    state: 'running',
    stateSince: at,
    paused: null,
    outcome: null,
    format: 'ndjson',
    total: 2,
    counts: { queued: 2, ...none },
    failures: {},
    waiting: { queue_turn: 2 },
    invalidLines: { count: 0, first: [] },
    images: 2,
    imagesBilled: 0,
    estimatedCost: null,
    pilot: null,
    pauseOnFailures: { ratio: 0.3, after: 30 },
    maxImages: null,
    priority: 'normal',
    expiresAt: null,
    createdAt: at,
    startedAt: null,
    estimatedEndAt: null,
    finishedAt: null,
    updatedAt: at,
    ...more,
  };
}

/** The result at a position; its line has the same number. */
export function result(position: number): BatchResult {
  return {
    position: String(position),
    line: position,
    id: tryOnId,
    customId: `sku-${position} ✓`,
    status: 'succeeded',
    images: [{ index: 0, url: `https://cdn.example/${position}.png` }],
    error: null,
    metadata: {},
    finishedAt: at,
    deletedAt: null,
  };
}
