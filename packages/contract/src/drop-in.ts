import { z } from 'zod';
import { createTryOnFields, type ParsedTryOn, parseCreateTryOn } from './create-try-on.js';

/** The fields of the provider's own request; everything else a client of it may send is ignored. */
const FIELDS = [
  'email',
  'humanImage',
  'dressInput',
  'upperInput',
  'lowerInput',
  'replyUrl',
  'replyRef',
] as const;
const NUMBERS = ['imageCount', 'maxJobs'] as const;

/** What the drop-in endpoint takes, as the document shows it; `parseDropInTryOn` is more tolerant. */
export const dropInRequestSchema = z.looseObject(
  createTryOnFields.pick({
    email: true,
    humanImage: true,
    dressInput: true,
    upperInput: true,
    lowerInput: true,
    imageCount: true,
    maxJobs: true,
    replyUrl: true,
    replyRef: true,
  }).shape,
);

/**
 * Parses a drop-in request, as tolerant as the provider: unknown fields are ignored, `null` and `""` mean
 * absent, numbers may be strings.
 */
export function parseDropInTryOn(body: unknown): ParsedTryOn {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const issue = { path: '', message: 'The body must be a JSON object' };
    return { ok: false, issues: [issue], sound: {} };
  }
  return parseCreateTryOn(pickFields(body as Record<string, unknown>));
}

function pickFields(body: Record<string, unknown>): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of FIELDS) if (body[name] !== '') picked[name] = body[name];
  for (const name of NUMBERS) if (body[name] !== '') picked[name] = toNumber(body[name]);
  return picked;
}

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
}

/** The provider's words for a task's state, and its numbers. */
export const DROP_IN_STATUSES = { submitted: 5, processing: 10, failed: 50, succeed: 99 } as const;
export type DropInStatus = keyof typeof DROP_IN_STATUSES;

const inputSchema = z.object({
  name: z.string(),
  inputType: z.literal('URL'),
  token: z.null(),
  blobStorage: z.null(),
  url: z.string(),
  cover: z.null(),
  fromWorkId: z.null(),
});

const pictureSchema = z.object({
  resource: z.string(),
  width: z.number().nullable(),
  height: z.number().nullable(),
});

const status = {
  status: z.number(),
  status_name: z.enum(['submitted', 'processing', 'succeed', 'failed']),
  status_final: z.boolean(),
};

const workSchema = z.object({
  workId: z.number(),
  taskId: z.number(),
  userId: z.number(),
  type: z.string(),
  ...status,
  contentType: z.literal('image'),
  resource: pictureSchema,
  cover: pictureSchema,
});

/** The provider's task model with every field of its example, as the drop-in endpoints answer it. */
export const dropInTaskSchema = z.object({
  task: z.object({
    id: z.number(),
    userId: z.number(),
    type: z.string(),
    scene: z.string(),
    ...status,
    taskInfo: z.object({
      type: z.string(),
      inputs: z.array(inputSchema),
      arguments: z.array(z.object({ name: z.string(), value: z.string() })),
      extraArgs: z.record(z.string(), z.unknown()),
      callbackPayloads: z.array(z.unknown()),
      scene: z.string(),
    }),
    favored: z.boolean(),
    deleted: z.boolean(),
    viewed: z.boolean(),
    createTime: z.number(),
    updateTime: z.number(),
  }),
  works: z.array(workSchema),
  ...status,
  message: z.string(),
  limitation: z.object({ type: z.string(), remaining: z.number(), limit: z.number() }),
  userPoints: z.object({ points: z.array(z.unknown()), total: z.number() }),
  userTickets: z.object({ ticket: z.array(z.unknown()) }),
  editProject: z.null(),
});

export type DropInTask = z.output<typeof dropInTaskSchema>;
export type DropInWork = z.output<typeof workSchema>;

/** The provider's error shape. */
export const dropInErrorSchema = z.object({ error: z.string(), code: z.number().optional() });
export type DropInError = z.output<typeof dropInErrorSchema>;
