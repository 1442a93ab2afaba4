import type { ProviderAccount } from '@catwalk/core';
import { z } from 'zod';
import { cleanText, REFERENCE_LENGTH_MAX } from './clean-text.js';
import { parseJsonObject } from './parse-json-exactly.js';

const account = z.object({ maxJobs: z.number().int().positive().nullable().catch(null) });

/** Reads the map of accounts by email; null when it is no such map, or none of its entries is an account. */
export function parseAccounts(body: string): ProviderAccount[] | null {
  const map = parseJsonObject(body);
  if (map === null) return null;
  const entries = Object.entries(map);
  const accounts = entries.flatMap(([email, fields]) => accountOf(email.trim(), fields));
  return accounts.length === 0 && entries.length > 0 ? null : accounts;
}

function accountOf(email: string, fields: unknown): ProviderAccount[] {
  const parsed = account.safeParse(fields);
  return parsed.success && email.includes('@') ? [{ email, maxJobs: parsed.data.maxJobs }] : [];
}

/** An account as the provider tells of it alone. */
export interface AccountDetail {
  readonly maxJobs: number | null;
  /** What is left to spend, in the provider's own points; null when it does not tell. */
  readonly balance: number | null;
  /** What is wrong with its session. */
  readonly error: string | null;
}

const detail = account.extend({
  balance: z.object({ total: z.number() }).nullable().catch(null),
  error: z.string().nullable().catch(null),
});

/** Reads one account; null when it is not JSON. */
export function parseAccount(body: string): AccountDetail | null {
  const parsed = detail.safeParse(parseJsonObject(body));
  if (!parsed.success) return null;
  const { maxJobs, balance, error } = parsed.data;
  const said = error === null ? null : cleanText(error, REFERENCE_LENGTH_MAX);
  return { maxJobs, balance: balance?.total ?? null, error: said };
}
