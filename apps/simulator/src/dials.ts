import { z } from 'zod';

const rate = z.number().min(0).max(1).default(0);
const ms = (fallback: number) => z.number().int().min(0).max(86_400_000).default(fallback);
const off = z.boolean().default(false);

/** Everything that can be made to go slow or wrong, and how often. Rates are drawn by the seed. */
export const dialsSchema = z.strictObject({
  /** How long a task runs, and the share by which that varies either way. */
  delayMs: ms(1500),
  delayJitter: z.number().min(0).max(1).default(0.4),
  /** `placeholder` fetches no inputs and draws nothing: for load. */
  pictures: z.enum(['compose', 'placeholder']).default('compose'),

  /** Accepted tasks that end as `failed`, and with which words (null: drawn from plausible ones). */
  failureRate: rate,
  failureMessage: z.string().min(1).max(500).nullable().default(null),
  /** Accepted tasks that succeed with one image less than asked for, or with none. */
  fewerImagesRate: rate,
  noImagesRate: rate,

  /** Submits that are refused: moderation (500), 429 although slots are free, 5xx. */
  moderationRate: rate,
  rateLimitRate: rate,
  retryAfterSeconds: z.number().int().min(0).max(3600).nullable().default(null),
  serverErrorRate: rate,

  /** Submits whose answer is lost: never accepted, accepted and cut, accepted and answered with a 502. */
  lostRequestRate: rate,
  lostAnswerRate: rate,
  serverErrorAfterAcceptRate: rate,
  /** Submits that are accepted only after `lateAcceptMs`, whether or not the client is still there. */
  lateAcceptRate: rate,
  lateAcceptMs: ms(5000),
  /** How long an accepted submit waits for its answer. The task runs meanwhile. */
  answerDelayMs: ms(0),
  answerShape: z.enum(['nested', 'flat']).default('nested'),

  progressCallbacks: off,
  lostCallbackRate: rate,
  doubledCallbackRate: rate,
  /** The task ends, and is called back, before the submit is answered. */
  earlyCallbackRate: rate,
  lateCallbackRate: rate,
  lateCallbackMs: ms(5000),
  /** A progress callback that arrives after the final one. */
  reorderedCallbackRate: rate,
  replyRefAt: z.enum(['top', 'task', 'request', 'response', 'job', 'absent']).default('top'),

  /** How long the address of a result lives from when it was told; null: for ever. The task tells a new one. */
  resultLifetimeMs: z.number().int().min(1).max(86_400_000).nullable().default(null),
  /** Downloads of results that fail. */
  resultFailureRate: rate,

  /** Ids above 2^53, neighbours of each other, so that a rounded one names another task. */
  largeTaskIds: off,
  /** For how long a fresh task is found neither by id nor in the listing. */
  taskVisibleAfterMs: ms(0),
  /** Input addresses in the listing are the CDN's, not the client's. */
  listingRewritesInputs: off,
  listingPageMax: z.number().int().min(0).max(1000).nullable().default(null),
  listingTotalMax: z.number().int().min(0).nullable().default(null),
  listingBroken: off,
  schedulerBroken: off,
  down: z.enum(['no', 'refuse', 'destroy']).default('no'),
});

export type Dials = z.output<typeof dialsSchema>;
export type DialsPatch = z.input<typeof dialsPatchSchema>;

/** Without the defaults: what is absent stays as it is. */
export const dialsPatchSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(dialsSchema.shape).map(([name, dial]) => [name, dial.unwrap().optional()]),
  ) as { [Name in keyof typeof dialsSchema.shape]: z.ZodOptional<UnwrappedDial<Name>> },
);

type UnwrappedDial<Name extends keyof typeof dialsSchema.shape> = ReturnType<
  (typeof dialsSchema.shape)[Name]['unwrap']
>;

export type DialBoard = {
  current(): Dials;
  turn(patch: unknown): Dials;
  reset(): Dials;
};

export function createDialBoard(initial: DialsPatch = {}): DialBoard {
  const first = dialsSchema.parse(dropUndefined(initial));
  let dials = first;
  return {
    current: () => dials,
    turn(patch) {
      dials = { ...dials, ...(dropUndefined(dialsPatchSchema.parse(patch)) as Partial<Dials>) };
      return dials;
    },
    reset() {
      dials = first;
      return dials;
    },
  };
}

function dropUndefined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
