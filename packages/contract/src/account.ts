import { z } from 'zod';
import { jsonObject } from './json-object.js';
import { text } from './text.js';

const time = z.iso.datetime();
const count = z.number().int();

/** Why nothing is submitted on an account. A person's pause has no end, and `actor` is who paused. */
export const accountPauseSchema = z.object({
  by: z.enum(['fault', 'person']),
  reason: z.string().nullable(),
  since: time,
  until: time.nullable(),
  actor: z.string().nullable(),
});

/** One provider account, for admins. New fields may be added. */
export const accountSchema = z.object({
  object: z.literal('account'),
  email: z.string(),
  /** False: the provider's list leaves it out at the moment, and nothing is submitted on it. */
  configured: z.boolean(),
  maxJobs: count,
  /** After several 429s it runs fewer jobs for a while. */
  shrunk: z.object({ maxJobs: count, until: time }).nullable(),
  /** Rests after a 429 until then. */
  restUntil: time.nullable(),
  /** Attempts of ours that hold a slot, tasks of others that do, and jobs that may start now. */
  open: count,
  foreignOpen: count,
  free: count,
  paused: accountPauseSchema.nullable(),
  /** Submits that went out, and what attempts of that hour have come to so far, by their state. */
  submitsLastHour: count,
  outcomesLastHour: z.record(z.string(), count),
  /** What is left to spend, in the provider's own points; null if it does not tell. */
  credits: z.number().nullable(),
  /** The last fault of the account itself, also when it is over. */
  lastError: z.object({ at: time, message: z.string() }).nullable(),
});
export type Account = z.output<typeof accountSchema>;

/** `GET /v1/accounts`: all of them. */
export const accountListSchema = z.object({ data: z.array(accountSchema) });
export type AccountList = z.output<typeof accountListSchema>;

/** The body of `POST /v1/pause` and of `POST /v1/accounts/{email}/pause`. */
export const pauseSchema = jsonObject({ reason: text({ least: 1, most: 500 }).nullish() }).transform(
  (body) => ({ reason: body.reason ?? null }),
);

/** The body of `POST /v1/resume` and of `POST /v1/accounts/{email}/resume`: it takes no field. */
export const resumeSchema = jsonObject({});

/** Whether a person has paused everything: the answer to `POST /v1/pause` and `POST /v1/resume`. */
export const pauseStateSchema = z.object({
  object: z.literal('pause'),
  paused: z.object({ since: time, actor: z.string(), reason: z.string().nullable() }).nullable(),
});
export type PauseState = z.output<typeof pauseStateSchema>;
