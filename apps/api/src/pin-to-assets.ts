import type { CreateTryOn, Issue } from '@catwalk/contract';
import {
  type Database,
  findAssetAccounts,
  hasProviderAssets,
  listAssetAccounts,
} from '@catwalk/infra/postgres';

/** On which account of the provider addresses lie, of those that it keeps for us. */
export type AssetAccounts = ReadonlyMap<string, string>;

/** What the provider keeps on one account cannot be used on another: jobs with it run there. */
export interface AssetPins {
  /** For the inputs of one request. */
  ofInputs(body: Partial<CreateTryOn>): Promise<AssetAccounts>;
  /** For many requests of a client. */
  ofClient(client: string): Promise<AssetAccounts>;
}

const FIELDS = ['humanImage', 'dressInput', 'upperInput', 'lowerInput'] as const;
const NONE: AssetAccounts = new Map();
/** Where it keeps none, as nearly everywhere, no request pays for the question. */
const REMEMBERED_MS = 10_000;
const OF_CLIENT_MAX = 50_000;

/** @param isKeeping whether the provider keeps assets as they come: then each request asks */
export function createAssetPins(db: Database, isKeeping: boolean): AssetPins {
  let isAny = isKeeping;
  let askedAt = Number.NEGATIVE_INFINITY;
  const areThereAny = async () => {
    if (isAny || performance.now() - askedAt < REMEMBERED_MS) return isAny;
    isAny = await hasProviderAssets(db);
    askedAt = performance.now();
    return isAny;
  };
  return {
    ofInputs: async (body) => {
      if (!(await areThereAny())) return NONE;
      return findAssetAccounts(
        db,
        FIELDS.flatMap((field) => body[field] ?? []),
      );
    },
    ofClient: async (client) => ((await areThereAny()) ? listAssetAccounts(db, client, OF_CLIENT_MAX) : NONE),
  };
}

/** The account that the inputs ask for, and what speaks against it. */
export function judgePins(
  body: Partial<CreateTryOn>,
  accounts: AssetAccounts,
): { readonly email: string | null; readonly issues: readonly Issue[] } {
  let email = body.email ?? null;
  let because = 'email';
  const issues: Issue[] = [];
  if (accounts.size === 0) return { email, issues };
  for (const path of FIELDS) {
    const account = accounts.get(body[path] ?? '');
    if (account === undefined || account === email) continue;
    if (email === null) {
      email = account;
      because = path;
    } else
      issues.push({ path, message: `is kept on ${account}, and cannot be used on ${email} (${because})` });
  }
  return { email, issues };
}
