/** What an account can be made to answer with: no subscription, no credits, a broken session. */
export type AccountErrorState = 402 | 412 | 596;

export type Account = {
  email: string;
  /** The limit that is enforced. */
  maxJobs: number;
  errorState: AccountErrorState | null;
  /** Tasks from their acceptance until they end. */
  running: number;
  maxRunning: number;
  /** Acceptances after which more ran than `maxJobs` allows. */
  overLimit: number;
  /** Submits refused because no slot was free: what a client that minds the limit never causes. */
  rejectedAtLimit: number;
};

export type AccountSetting = { email: string; maxJobs: number };
export type AccountPatch = {
  maxJobs?: number | undefined;
  errorState?: AccountErrorState | null | undefined;
};

export type AccountChoice = { account: Account } | { status: number; error: string };

export type Accounts = {
  list(): Account[];
  find(email: string): Account | undefined;
  /** The account a request means: named, or the only one there is. */
  choose(email: string | null): AccountChoice;
  put(email: string, patch: AccountPatch): Account;
  remove(email: string): boolean;
  reset(): void;
};

export function createAccounts(settings: readonly AccountSetting[]): Accounts {
  const accounts = new Map<string, Account>();
  for (const { email, maxJobs } of settings) accounts.set(email, newAccount(email, maxJobs));
  return {
    list: () => [...accounts.values()],
    find: (email) => accounts.get(email),
    choose: (email) => chooseAccount(accounts, email),
    put(email, patch) {
      const account = accounts.get(email) ?? newAccount(email, 1);
      if (patch.maxJobs !== undefined) account.maxJobs = patch.maxJobs;
      if (patch.errorState !== undefined) account.errorState = patch.errorState;
      accounts.set(email, account);
      return account;
    },
    remove: (email) => accounts.delete(email),
    reset() {
      for (const account of accounts.values()) {
        Object.assign(account, { running: 0, maxRunning: 0, overLimit: 0, rejectedAtLimit: 0 });
      }
    },
  };
}

export function occupySlot(account: Account): void {
  account.running += 1;
  account.maxRunning = Math.max(account.maxRunning, account.running);
  if (account.running > account.maxJobs) account.overLimit += 1;
}

function chooseAccount(accounts: Map<string, Account>, email: string | null): AccountChoice {
  if (email !== null) {
    const account = accounts.get(email);
    return account ? { account } : { status: 404, error: `Account ${email} is not configured` };
  }
  const [only, second] = accounts.values();
  if (only === undefined) return { status: 404, error: 'No Kling accounts are configured' };
  if (second === undefined) return { account: only };
  return { status: 400, error: 'Parameter email is required when multiple accounts are configured' };
}

function newAccount(email: string, maxJobs: number): Account {
  return { email, maxJobs, errorState: null, running: 0, maxRunning: 0, overLimit: 0, rejectedAtLimit: 0 };
}
