import { z } from 'zod';
import { accountPauseSchema, pauseStateSchema } from './account.js';
import { TRY_ON_STATUSES } from './try-on.js';

const time = z.iso.datetime();
const count = z.number().int();

/** One of the accounts, as `GET /v1/status` tells admins of it. */
export const accountStatusSchema = z.object({
  email: z.string(),
  maxJobs: count,
  /** Attempts of ours that hold a slot. */
  open: count,
  /** Jobs that may start on it now. */
  free: count,
  paused: accountPauseSchema.pick({ by: true, reason: true, until: true }).nullable(),
});
export type AccountStatus = z.output<typeof accountStatusSchema>;

/** `GET /v1/status`: how it stands, at a glance. */
export const statusSchema = z.object({
  object: z.literal('status'),
  mode: z.enum(['sandbox', 'live']),
  livemode: z.boolean(),
  version: z.string(),
  queue: z.object({ backend: z.enum(['redis', 'postgres']), state: z.enum(['up', 'down']) }),
  /** The caller's own jobs; an admin's are all. */
  tryOns: z.record(z.enum(TRY_ON_STATUSES), count),
  /** A pause by a person: nothing is submitted until a person resumes. */
  paused: pauseStateSchema.shape.paused,
  /** Null for callers who are no admin. */
  accounts: z.array(accountStatusSchema).nullable(),
  provider: z.object({
    state: z.enum(['up', 'down']),
    since: time.nullable(),
    until: time.nullable(),
    reason: z.string().nullable(),
  }),
  callbacks: z.object({
    state: z.enum(['ok', 'unproven', 'silent', 'off']),
    lastReceivedAt: time.nullable(),
    receivedLastHour: count,
    polledLastHour: count,
    orphans: count,
  }),
});
export type Status = z.output<typeof statusSchema>;

/** `GET /healthz` */
export const healthSchema = z.object({ status: z.literal('ok') });

/** `GET /readyz` */
export const readinessSchema = z.object({
  status: z.literal('ok'),
  postgres: z.literal('up'),
  queue: z.enum(['up', 'down']),
});
