/** How long an account is left to another worker the first time, up to half of it less: two that met part. */
const LEFT_MS = 250;
/** And at most, up to half of it less: so long are its slots empty if the worker that fills them dies. */
const LEFT_MAX_MS = 500;

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
 *
 * @param onOver called when an account is left no more, since what it was woken for before that was passed over
 */
export function createLeftAccounts(onOver: () => void = () => undefined): LeftAccounts {
  const left = new Map<string, { readonly until: number; readonly nextMs: number }>();
  let seen: readonly string[] = [];
  const has = (email: string) => (left.get(email)?.until ?? 0) > performance.now();
  return {
    has,
    isAll: () => seen.length > 0 && seen.every(has),
    look: (emails) => {
      seen = emails;
    },
    note: (email, wasFirst) => {
      const ms = left.get(email)?.nextMs ?? LEFT_MS;
      // A worker that comes back is the first now and then: it unlearns more slowly than it learns.
      if (wasFirst) {
        left.set(email, { until: 0, nextMs: Math.max(LEFT_MS, 0.9 * ms) });
        return;
      }
      const leaveMs = ms * (0.5 + Math.random() / 2);
      left.set(email, { until: performance.now() + leaveMs, nextMs: Math.min(LEFT_MAX_MS, 2 * ms) });
      // A timer may be early by less than a millisecond.
      setTimeout(onOver, leaveMs + 1).unref();
    },
  };
}
