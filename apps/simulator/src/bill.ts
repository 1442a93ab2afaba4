import type { Account } from './accounts.js';
import type { TryOnRequest } from './parse-try-on-request.js';

export type CallbackCounts = {
  /** POSTs that were made, and how they went. */
  sent: number;
  answered2xx: number;
  answeredOther: number;
  unreachable: number;
  /** Faults that were played. */
  lost: number;
  doubled: number;
  early: number;
  late: number;
  reordered: number;
};

/** What the provider would charge for, and everything else it noticed. */
export type Bill = {
  accepted: number;
  images: number;
  succeeded: number;
  failed: number;
  byReplyRef: Record<string, number>;
  byInput: Record<string, number>;
  accounts: Record<
    string,
    Pick<Account, 'maxJobs' | 'errorState' | 'running' | 'maxRunning' | 'overLimit' | 'rejectedAtLimit'>
  >;
  /** Every 429, also those of the dial. */
  rejected429: number;
  callbacks: CallbackCounts;
};

/** The counters behind the bill. */
export type Ledger = {
  accepted: number;
  images: number;
  succeeded: number;
  failed: number;
  rejected429: number;
  byReplyRef: Map<string, number>;
  byInput: Map<string, number>;
  /** Submits per input that got as far as a fault dial; keys the draws. */
  arrivals: Map<string, number>;
  /** How often each result was asked for; keys the draws. */
  downloads: Map<string, number>;
  callbacks: CallbackCounts;
};

export function createLedger(): Ledger {
  return {
    accepted: 0,
    images: 0,
    succeeded: 0,
    failed: 0,
    rejected429: 0,
    byReplyRef: new Map(),
    byInput: new Map(),
    arrivals: new Map(),
    downloads: new Map(),
    callbacks: {
      sent: 0,
      answered2xx: 0,
      answeredOther: 0,
      unreachable: 0,
      lost: 0,
      doubled: 0,
      early: 0,
      late: 0,
      reordered: 0,
    },
  };
}

/** One input is one set of pictures, whoever asks for it and however many images. */
export function inputKey(request: TryOnRequest): string {
  const { humanImage, dressInput, upperInput, lowerInput } = request;
  return [humanImage, dressInput, upperInput, lowerInput].filter((url) => url !== null).join(' + ');
}

/** What draws are keyed by. The simulator's own port may differ from run to run and must not matter. */
export function drawKey(request: TryOnRequest, ownOrigin: string, nth: number): string {
  return `${inputKey(request).replaceAll(ownOrigin, '')}#${nth}`;
}

export function countUp(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}

export function presentBill(ledger: Ledger, accounts: readonly Account[]): Bill {
  const { arrivals: _, downloads: __, ...counters } = ledger;
  return {
    ...counters,
    byReplyRef: Object.fromEntries(ledger.byReplyRef),
    byInput: Object.fromEntries(ledger.byInput),
    accounts: Object.fromEntries(accounts.map(({ email, ...account }) => [email, account])),
    callbacks: { ...ledger.callbacks },
  };
}
