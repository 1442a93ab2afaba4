import type { Account } from '../account.js';
import type { CreateTryOn } from '../create-try-on.js';
import type { DropInTask } from '../drop-in.js';
import type { Status } from '../status.js';
import type { Timeline, TryOn } from '../try-on.js';
import type { Usage } from '../usage.js';

const person = 'http://127.0.0.1:4312/samples/person-1.png';
const dress = 'http://127.0.0.1:4312/samples/dress-1.png';

/** In a sandbox these run as they stand: the simulator has the pictures. */
export const dressRequest: Partial<CreateTryOn> = { humanImage: person, dressInput: dress };

export const exampleTryOn: TryOn = {
  id: 'try_01a20447a94f74fb841c3d97b548199d',
  object: 'try_on',
  livemode: false,
  client: 'default',
  customId: null,
  status: 'succeeded',
  waitingFor: null,
  humanImage: person,
  dressInput: dress,
  upperInput: null,
  lowerInput: null,
  imageCount: 1,
  email: null,
  maxJobs: null,
  copyInputs: false,
  replyUrl: null,
  replyRef: null,
  metadata: { sku: 'D-1042' },
  priority: 'normal',
  batchId: null,
  expiresAt: null,
  provider: 'useapi-kling',
  account: 'anna@example.com',
  providerTaskId: '307153000000025',
  attempts: 1,
  images: [
    {
      index: 0,
      url: 'http://127.0.0.1:4312/results/307153000000025/0.png',
      providerUrl: 'http://127.0.0.1:4312/results/307153000000025/0.png',
      width: 768,
      height: 1024,
      contentType: null,
      bytes: null,
      sha256: null,
      archivedAt: null,
      archiveError: null,
    },
  ],
  error: null,
  createdAt: '2026-11-22T17:22:14.993Z',
  submittedAt: '2026-11-22T17:22:15.062Z',
  finishedAt: '2026-11-22T17:22:17.068Z',
  updatedAt: '2026-11-22T17:22:17.072Z',
  deletedAt: null,
};

export const exampleQueued: TryOn = {
  ...exampleTryOn,
  status: 'queued',
  waitingFor: {
    code: 'free_slot',
    since: '2026-11-22T17:22:14.993Z',
    until: null,
    detail: 'All slots are in use',
  },
  account: null,
  providerTaskId: null,
  attempts: 0,
  images: [],
  submittedAt: null,
  finishedAt: null,
  updatedAt: '2026-11-22T17:22:14.993Z',
};

export const exampleCanceled: TryOn = {
  ...exampleQueued,
  status: 'canceled',
  waitingFor: null,
  finishedAt: '2026-11-22T17:22:20.104Z',
  updatedAt: '2026-11-22T17:22:20.104Z',
};

export const exampleDeleted: TryOn = {
  ...exampleTryOn,
  humanImage: null,
  dressInput: null,
  metadata: {},
  images: [],
  updatedAt: '2026-11-23T08:00:00.000Z',
  deletedAt: '2026-11-23T08:00:00.000Z',
};

export const exampleTimeline: Timeline = {
  data: [
    { at: '2026-11-22T17:22:14.993Z', kind: 'try_on.queued', actor: 'default', attempt: null, data: {} },
  ],
  nextCursor: null,
};

const submitted = { status: 5, status_name: 'submitted', status_final: false } as const;

export const exampleTask: DropInTask = {
  task: {
    id: 25,
    userId: 0,
    type: 'mmu_img2img_aitryon',
    scene: 'NORMAL_CREATION',
    ...submitted,
    taskInfo: {
      type: 'mmu_img2img_aitryon',
      inputs: [person, dress].map((url, n) => ({
        name: n === 0 ? 'humanImage' : 'dressInput',
        inputType: 'URL',
        token: null,
        blobStorage: null,
        url,
        cover: null,
        fromWorkId: null,
      })),
      arguments: [{ name: 'imageCount', value: '1' }],
      extraArgs: {},
      callbackPayloads: [],
      scene: 'NORMAL_CREATION',
    },
    favored: false,
    deleted: false,
    viewed: false,
    createTime: 1_795_368_134_993,
    updateTime: 1_795_368_134_993,
  },
  works: [],
  ...submitted,
  message: '',
  limitation: { type: 'mmu_img2img_aitryon', remaining: 10_000, limit: 10_000 },
  userPoints: { points: [], total: 0 },
  userTickets: { ticket: [] },
  editProject: null,
};

export const exampleStatus: Status = {
  object: 'status',
  mode: 'sandbox',
  livemode: false,
  version: '0.1.0',
  queue: { backend: 'postgres', state: 'up' },
  tryOns: { queued: 12, submitting: 0, unconfirmed: 0, processing: 5, succeeded: 24, failed: 1, canceled: 0 },
  paused: null,
  accounts: [{ email: 'anna@example.com', maxJobs: 5, open: 5, free: 0, paused: null }],
  provider: { state: 'up', since: null, until: null, reason: null },
  callbacks: {
    state: 'ok',
    lastReceivedAt: '2026-11-22T17:22:17.068Z',
    receivedLastHour: 24,
    polledLastHour: 3,
    orphans: 0,
  },
};

export const exampleAccount: Account = {
  object: 'account',
  email: 'anna@example.com',
  configured: true,
  maxJobs: 5,
  shrunk: null,
  restUntil: null,
  open: 2,
  foreignOpen: 0,
  free: 3,
  paused: null,
  submitsLastHour: 31,
  outcomesLastHour: { accepted: 2, ended_succeeded: 28, ended_failed: 1 },
  credits: 1_200,
  lastError: null,
};

const counts = {
  imagesSubmitted: 31,
  imagesBilled: 30,
  jobsSubmitted: 30,
  jobsSucceeded: 28,
  jobsFailed: 1,
  estimatedCost: { amount: '1.50', currency: 'EUR' },
};

export const exampleUsage: Usage = {
  object: 'usage',
  livemode: false,
  from: '2026-11-22T00:00:00.000Z',
  to: '2026-11-23T00:00:00.000Z',
  by: ['client'],
  data: [{ day: null, account: null, client: 'default', batchId: null, ...counts }],
  total: counts,
};
