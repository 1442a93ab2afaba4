/** How long an account is left to another worker the first time, half of it more or less: two that met part. */
const LEFT_MS = 250;
/** And at most, half of it more or less: about as long as a missed notification may hold a slot up. */
const LEFT_MAX_MS = 1_000;
/** How long the accounts that were seen last count as all there are. */
const SEEN_MS = 1_000;

/** Accounts that another worker is quicker to fill. */
export interface LeftAccounts {
  /** Whether all accounts are left to others: there is nothing to look for. */
  isAll(): boolean;
  has(email: string): boolean;
  /** Notes which accounts there are. */
  look(emails: readonly string[]): void;
  /** Notes whether this worker was the first at the account's slots. */
  note(email: string, wasFirst: boolean): void;
}

/**
 * Remembers for a moment which accounts are left to other workers, longer each time that one of them was
 * quicker: many workers then share the accounts instead of all looking at each slot.
 */
export function createLeftAccounts(): LeftAccounts {
  const left = new Map<string, { readonly until: number; readonly nextMs: number }>();
  let seen: readonly string[] = [];
  let seenUntil = 0;
  const has = (email: string) => (left.get(email)?.until ?? 0) > performance.now();
  return {
    has,
    isAll: () => seen.length > 0 && seenUntil > performance.now() && seen.every(has),
    look: (emails) => {
      seen = emails;
      seenUntil = performance.now() + SEEN_MS;
    },
    note: (email, wasFirst) => {
      const ms = left.get(email)?.nextMs ?? LEFT_MS;
      // A worker that comes back is the first now and then: it unlearns more slowly than it learns.
      if (wasFirst) left.set(email, { until: 0, nextMs: Math.max(LEFT_MS, 0.9 * ms) });
      else
        left.set(email, {
          until: performance.now() + ms * (0.5 + Math.random()),
          nextMs: Math.min(LEFT_MAX_MS, 2 * ms),
        });
    },
  };
}
