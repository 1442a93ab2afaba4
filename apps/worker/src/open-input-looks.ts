import { setMaxListeners } from 'node:events';
import type { InputDepth, InputVerdict } from '@catwalk/core';
import { createGuardedClient } from '@catwalk/infra/outbound';
import { claimInputChecks, keepInputCheck } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { LOOK_MS, lookAtInput } from './look-at-input.js';

/** An address of a job's input, as it is looked at. */
export interface InputAddress {
  readonly field: string;
  readonly url: string;
  readonly key: string;
  /** A bad result from before does not count. */
  readonly since: Date | null;
}

/** Looks that are under way in this process: so many at once, and so many at one server. */
export interface InputLooks {
  /** Begins looks at those that nobody looks at, as far as there is room; the rest is for another time. */
  begin(wanted: readonly InputAddress[]): Promise<void>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

const AT_ONCE_MAX = 32;
const AT_ONE_SERVER_MAX = 6;
/** Longer than any look takes with the writing of what it came to. */
const CLAIM_MS = LOOK_MS + 3_000;

/** @param onLooked called after each look, when what it came to is written */
export function openInputLooks(context: WorkerContext, depth: InputDepth, onLooked: () => void): InputLooks {
  const { config } = context;
  const stop = new AbortController();
  setMaxListeners(2 * AT_ONCE_MAX, stop.signal);
  const client = createGuardedClient({
    allowPrivate: config.allowPrivateAddresses,
    ownOrigins: config.ownOrigins,
  });
  const underWay = new Map<string, { readonly host: string; readonly ended: Promise<void> }>();
  const look = async ({ url, key }: InputAddress, tries: number) => {
    const startedAt = performance.now();
    const verdict = await lookAtInput(client, { url, depth, tries, stopping: stop.signal });
    if (verdict === null) return;
    await keepInputCheck(context.db, key, toRow(verdict));
    tell(context, url, verdict, performance.now() - startedAt);
  };
  const begin = async (wanted: readonly InputAddress[]) => {
    const chosen = choose(wanted, underWay);
    if (chosen.size === 0 || stop.signal.aborted) return;
    const claimed = await claimInputChecks(context.db, [...chosen.values()].map(toWanted), CLAIM_MS);
    for (const { key, tries } of claimed) {
      const address = chosen.get(key);
      if (address === undefined) continue;
      const ended = look(address, tries)
        // Its claim runs out, and it is looked at again.
        .catch((err) => context.logger.error({ err }, 'input.look-failed'))
        .finally(() => {
          underWay.delete(key);
          onLooked();
        });
      underWay.set(key, { host: new URL(address.url).host, ended });
    }
  };
  return {
    begin,
    close: async () => {
      stop.abort();
      await Promise.all([...underWay.values()].map(({ ended }) => ended));
    },
  };
}

/** In their order, each once. */
function choose(
  wanted: readonly InputAddress[],
  underWay: ReadonlyMap<string, { readonly host: string }>,
): Map<string, InputAddress> {
  const chosen = new Map<string, InputAddress>();
  const busy = new Map<string, number>();
  const countUp = (host: string) => busy.set(host, (busy.get(host) ?? 0) + 1);
  for (const { host } of underWay.values()) countUp(host);
  for (const address of wanted) {
    const { host } = new URL(address.url);
    if (underWay.size + chosen.size >= AT_ONCE_MAX) break;
    if (underWay.has(address.key) || chosen.has(address.key)) continue;
    if ((busy.get(host) ?? 0) >= AT_ONE_SERVER_MAX) continue;
    chosen.set(address.key, address);
    countUp(host);
  }
  return chosen;
}

function toWanted({ key, since }: InputAddress) {
  return { key, since };
}

function toRow(verdict: InputVerdict) {
  switch (verdict.kind) {
    case 'good':
      return { result: 'good', reason: null } as const;
    case 'bad':
    case 'undecided':
      return { result: verdict.kind, reason: verdict.reason } as const;
    case 'again':
      return { result: null, reason: verdict.reason, againInMs: verdict.inMs } as const;
  }
}

/** The path may be as secret as the query: the server's name is enough to find what is wrong. */
function tell({ logger }: WorkerContext, url: string, verdict: InputVerdict, durationMs: number): void {
  const line = { host: new URL(url).host, verdict: verdict.kind, durationMs: Math.round(durationMs) };
  if (verdict.kind === 'good') logger.debug(line, 'input.looked');
  else logger.info({ ...line, reason: verdict.reason }, 'input.looked');
}
