import { z } from 'zod';
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
  paused: z.object({ reason: z.string(), until: time.nullable() }).nullable(),
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
