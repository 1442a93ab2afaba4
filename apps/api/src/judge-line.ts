import { type BatchOptions, type CreateTryOn, type Issue, parseCreateTryOn } from '@catwalk/contract';
import type { BatchRecord } from './batch-input/read-batch.js';
import type { ApiConfig } from './config.js';
import { fingerprintOf } from './fingerprint-of.js';
import { createAddressJudge, type JudgeAddresses } from './judge-addresses.js';
import { type AssetAccounts, judgePins } from './pin-to-assets.js';

/** What lines are judged by besides themselves, as it was a moment ago. */
export interface Circumstances {
  readonly emails: ReadonlySet<string>;
  readonly nowMs: number;
}

/** A line of an input, as a try-on or with all that is wrong with it. `identity` is equal for equal lines. */
export type JudgedLine<Job> =
  | {
      readonly kind: 'valid';
      readonly line: number;
      readonly identity: string;
      readonly fingerprint: string;
      readonly imageCount: number;
      readonly job: Job;
    }
  | {
      readonly kind: 'invalid';
      readonly line: number;
      readonly identity: string;
      readonly issues: readonly Issue[];
      /** Of a line that is only refused now: what it would be otherwise. */
      readonly fingerprint: string | null;
      /** How many of the issues are the line's own. */
      readonly own: number;
      readonly cells: Readonly<Record<string, string>> | null;
      readonly hasUnknownEmail: boolean;
    };

export type JudgeLine<Job> = (record: BatchRecord, circumstances: Circumstances) => JudgedLine<Job>;

/** What is kept of a valid line until its chunk is complete: as little as will do, since lines are many. */
export type MakeJob<Job> = (line: number, body: CreateTryOn, fingerprint: string) => Job;

const EMAIL_UNKNOWN = 'must be one of the configured accounts';

/** Judges lines by themselves, the defaults and options of their batch, and the circumstances, in this order. */
export function createLineJudge<Job>(
  options: Pick<BatchOptions, 'priority' | 'expiresAt' | 'copyInputs'>,
  defaults: Readonly<Record<string, unknown>> | null,
  config: Pick<ApiConfig, 'allowPrivateAddresses' | 'ownOrigins'>,
  assets: AssetAccounts,
  makeJob: MakeJob<Job>,
): JudgeLine<Job> {
  const { priority, copyInputs } = options;
  const under = { priority, ...(copyInputs && { copyInputs }), ...withoutNulls(defaults ?? {}) };
  const { expiresAt } = options;
  const judgeAddresses = createAddressJudge(config);
  return (record, circumstances) => {
    if (record.kind === 'broken') return broken(record);
    const parsed = parseCreateTryOn(overDefaults(record.value, under));
    const issues = parsed.ok ? [] : [...parsed.issues];
    const own = issues.length;
    issues.push(...judgeNow(parsed.ok ? parsed.value : parsed.sound, circumstances, judgeAddresses));
    const pin = judgePins(parsed.ok ? parsed.value : parsed.sound, assets);
    issues.push(...pin.issues);
    const body = parsed.ok ? withExpiry(parsed.value, expiresAt) : null;
    const fingerprint = body === null ? null : fingerprintOf(body);
    const { line, cells } = record;
    if (body !== null && fingerprint !== null && issues.length === 0) {
      const job = makeJob(line, pin.email === body.email ? body : { ...body, email: pin.email }, fingerprint);
      return { kind: 'valid', line, identity: fingerprint, fingerprint, imageCount: body.imageCount, job };
    }
    const identity = fingerprint ?? `invalid ${JSON.stringify(record.value)}`;
    const hasUnknownEmail = issues.some(({ message }) => message === EMAIL_UNKNOWN);
    return { kind: 'invalid', line, identity, issues, fingerprint, own, cells, hasUnknownEmail };
  };
}

function broken({ line, bytes, issues, cells }: Extract<BatchRecord, { kind: 'broken' }>): JudgedLine<never> {
  const identity = `broken ${bytes} ${JSON.stringify([issues, cells])}`;
  const own = issues.length;
  return { kind: 'invalid', line, identity, issues, fingerprint: null, own, cells, hasUnknownEmail: false };
}

/** `null` means absent, and what is absent comes from the defaults. What is no object is left to be refused. */
function overDefaults(value: unknown, under: Readonly<Record<string, unknown>>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const line = value as Record<string, unknown>;
  // Lines are many and defaults few: the line itself is completed.
  for (const name in under) if ((line[name] ?? null) === null) line[name] = under[name];
  return line;
}

function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => (value ?? null) !== null));
}

/** What a batch says of all its lines holds for each, however late a line of its own accord would expire. */
function withExpiry(body: CreateTryOn, expiresAt: Date | null): CreateTryOn {
  if (expiresAt === null || (body.expiresAt !== null && body.expiresAt <= expiresAt)) return body;
  return { ...body, expiresAt };
}

function judgeNow(
  body: Partial<CreateTryOn>,
  { emails, nowMs }: Circumstances,
  judgeAddresses: JudgeAddresses,
): Issue[] {
  const issues = judgeAddresses(body);
  const { email = null, expiresAt = null } = body;
  if (email !== null && !emails.has(email)) issues.push({ path: 'email', message: EMAIL_UNKNOWN });
  if (expiresAt !== null && expiresAt.getTime() <= nowMs)
    issues.push({ path: 'expiresAt', message: 'must not be in the past' });
  return issues;
}
