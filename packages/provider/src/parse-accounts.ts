import type { ProviderAccount } from '@catwalk/core';
import { z } from 'zod';
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
