import type { Batch, BatchDryRun, BatchResult } from '../batch.js';
import { dressRequest } from './examples.js';

const picture = (name: string) => `http://127.0.0.1:4312/samples/${name}.png`;

/** In a sandbox these run as they stand: the simulator has the pictures. */
export const batchRequests = {
  'Try-ons, one by one': {
    pilot: 1,
    defaults: { imageCount: 2 },
    items: [
      { ...dressRequest, customId: 'look-1' },
      { humanImage: picture('person-2'), upperInput: picture('upper-1'), customId: 'look-2' },
    ],
  },
  'Each person in each garment': {
    people: [{ image: picture('person-1'), customId: 'anna' }, picture('person-2')],
    garments: [
      { dress: picture('dress-1'), customId: 'D-1042' },
      { upper: picture('upper-1'), lower: picture('lower-1') },
    ],
  },
};

export const ndjsonRequest = [
  { ...dressRequest, customId: 'look-1' },
  { humanImage: picture('person-2'), upperInput: picture('upper-1'), customId: 'look-2', imageCount: 2 },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('');

export const csvRequest = [
  'customId,humanImage,dressInput,upperInput,imageCount,metadata.sku',
  `look-1,${picture('person-1')},${picture('dress-1')},,,D-1042`,
  `look-2,${picture('person-2')},,${picture('upper-1')},2,U-7`,
  '',
].join('\n');

const invalidLines = {
  count: 1,
  first: [{ line: 7, errors: [{ path: 'imageCount', message: 'must be a whole number from 1 to 4' }] }],
};

export const exampleBatch: Batch = {
  id: 'bat_01a20447a94f74fb841c3d97b548199d',
  object: 'batch',
  livemode: false,
  client: 'default',
  state: 'running',
  stateSince: '2026-11-22T17:22:15.104Z',
  paused: null,
  outcome: null,
  format: 'csv',
  total: 400,
  counts: {
    queued: 285,
    submitting: 1,
    unconfirmed: 0,
    processing: 14,
    succeeded: 97,
    failed: 3,
    canceled: 0,
  },
  failures: { content_rejected: 2, generation_failed: 1 },
  waiting: { free_slot: 285, provider_answer: 1, provider_result: 14 },
  invalidLines,
  images: 412,
  imagesBilled: 99,
  estimatedCost: { amount: '20.60', currency: 'EUR' },
  pilot: null,
  pauseOnFailures: { ratio: 0.3, after: 30 },
  maxImages: null,
  priority: 'normal',
  expiresAt: null,
  createdAt: '2026-11-22T17:22:14.993Z',
  startedAt: '2026-11-22T17:22:15.310Z',
  estimatedEndAt: '2026-11-22T17:34:02.000Z',
  finishedAt: null,
  updatedAt: '2026-11-22T17:26:10.022Z',
};

export const examplePaused: Batch = {
  ...exampleBatch,
  state: 'paused',
  stateSince: '2026-11-22T17:26:10.022Z',
  paused: {
    reason: 'failures',
    detail: '12 of 30 ended try-ons failed, most of them with content_rejected',
    actor: 'worker',
    since: '2026-11-22T17:26:10.022Z',
  },
  waiting: { batch_paused: 285, provider_answer: 1, provider_result: 14 },
  estimatedEndAt: null,
};

export const exampleCanceling: Batch = {
  ...exampleBatch,
  state: 'canceling',
  waiting: { batch_paused: 285, provider_answer: 1, provider_result: 14 },
  estimatedEndAt: null,
};

export const exampleDryRun: BatchDryRun = {
  object: 'batch_dry_run',
  livemode: false,
  format: 'csv',
  lines: 401,
  valid: 400,
  invalidLines,
  duplicates: { customIds: 1, requests: 0, first: [{ line: 9, sameAs: 3, of: 'customId' }] },
  images: 412,
  estimatedCost: { amount: '20.60', currency: 'EUR' },
  credits: [{ account: 'anna@example.com', credits: 1_200 }],
  slots: 5,
  estimatedSeconds: 1_640,
};

export const exampleResult: BatchResult = {
  position: '3107',
  line: 12,
  id: 'try_01a20447a94f97b548199d000000000c',
  customId: 'look-12',
  status: 'succeeded',
  images: [{ index: 0, url: 'http://127.0.0.1:4312/results/307153000000025/0.png' }],
  error: null,
  metadata: { sku: 'D-1042' },
  deletedAt: null,
  finishedAt: '2026-11-22T17:22:17.068Z',
};

/** Of failures: mended, it can be sent as it is. */
export const exampleResultsCsv = [
  'customId,humanImage,dressInput,upperInput,imageCount,metadata.sku,errorCode,errorMessage',
  `look-3,${picture('person-1')},${picture('dress-1')},,1,D-1042,content_rejected,The provider rejected the content of the images`,
  '',
].join('\r\n');
