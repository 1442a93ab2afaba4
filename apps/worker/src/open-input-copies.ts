import { setMaxListeners } from 'node:events';
import { type CopySight, judgeCopy } from '@catwalk/core';
import { INPUT_BYTES_MAX } from '@catwalk/infra/assets';
import { createGuardedClient, type GuardedAnswer } from '@catwalk/infra/outbound';
import { type ClaimedCopy, claimInputCopies, keepInputCopy } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import type { CopyAddress } from './sort-out-copies.js';

/** Copies that are under way in this process: so many at once, and so many from one server. */
export interface RunningCopies {
  /** Begins those that nobody makes, as far as there is room, and others of them as copies end. */
  begin(wanted: readonly CopyAddress[]): Promise<void>;
  hasRoom(): boolean;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** Each holds a picture of 10 MB at most in memory. */
const AT_ONCE_MAX = 40;
/** Requests that a server answers, or is still to answer. */
const AT_ONE_SERVER_MAX = 24;
const FETCH_MS = 15_000;
/** Longer than a copy takes as a rule; handing it on to the provider takes longer. */
const CLAIM_MS = { own: 30_000, provider: 90_000 } as const;

type Running = Map<string, { readonly host: string; isAsking: boolean; readonly ended: Promise<void> }>;

/** @param onCopied called after each copy, when what it came to is written */
export function openInputCopies(
  context: WorkerContext,
  patienceMs: number,
  onCopied: () => void,
): RunningCopies {
  const { config, db, assets, logger } = context;
  const stop = new AbortController();
  setMaxListeners(2 * AT_ONCE_MAX, stop.signal);
  const client = createGuardedClient({
    allowPrivate: config.allowPrivateAddresses,
    ownOrigins: config.ownOrigins,
  });
  const underWay: Running = new Map();
  const hasRoom = () => underWay.size < AT_ONCE_MAX && !stop.signal.aborted;
  const copy = async (address: CopyAddress, claim: ClaimedCopy) => {
    const startedAt = performance.now();
    const ask = { url: address.url, maxBytes: INPUT_BYTES_MAX, timeoutMs: FETCH_MS, stopping: stop.signal };
    const answer = await client.ask(ask);
    const running = underWay.get(address.key);
    if (running !== undefined) running.isAsking = false;
    fillSoon();
    if (answer.kind === 'failed' && answer.reason === 'stopped') return;
    const made = await make(address, answer, claim);
    await keepInputCopy(db, address.key, made);
    const { reason } = made;
    const line = { host: address.host, result: made.result ?? 'again', reason };
    logger[reason === null ? 'debug' : 'info'](
      { ...line, durationMs: Math.round(performance.now() - startedAt) },
      'input.copied',
    );
  };
  const make = async ({ client: owner, account }: CopyAddress, answer: GuardedAnswer, claim: ClaimedCopy) => {
    const tries = { tries: claim.tries, triedMs: claim.triedMs, patienceMs };
    const verdict = judgeCopy(toSight(answer), tries);
    if (verdict.kind !== 'take' || answer.kind !== 'answered') return toRow(verdict);
    const kept = await assets.keep(owner, answer.body, account);
    switch (kept.kind) {
      case 'kept':
        return { result: 'kept', reason: null, assetId: kept.asset.id } as const;
      case 'refused':
        return toRow({ kind: 'bad', reason: kept.reason });
      case 'unavailable':
        return toRow(judgeCopy({ kind: 'not_kept', reason: kept.reason }, tries));
    }
  };
  /** What was last said to be wanted and was not begun yet. */
  let waiting: readonly CopyAddress[] = [];
  let filling: Promise<void> | null = null;
  let again = false;
  const fill = async () => {
    const chosen = choose(waiting, underWay);
    if (chosen.size === 0 || stop.signal.aborted) return;
    waiting = waiting.filter(({ key }) => !chosen.has(key));
    const keys = [...chosen.values()].map(({ key, since }) => ({ key, since }));
    for (const claim of await claimInputCopies(db, keys, CLAIM_MS[assets.home])) {
      const address = chosen.get(claim.key);
      if (address === undefined) continue;
      const ended = copy(address, claim)
        // Its claim runs out, and it is made again.
        .catch((err) => logger.error({ err }, 'input.copy-failed'))
        .finally(() => {
          underWay.delete(claim.key);
          onCopied();
          fillSoon();
        });
      underWay.set(claim.key, { host: address.host, isAsking: true, ended });
    }
  };
  /** One at a time: copies that end meanwhile are made up for together. */
  const fillOnce = () => {
    again = filling !== null;
    filling ??= fill().finally(() => {
      filling = null;
      if (again) fillSoon();
    });
    return filling;
  };
  // The next round does what could not be done here.
  const fillSoon = () => void fillOnce().catch(() => undefined);
  const begin = async (wanted: readonly CopyAddress[]) => {
    waiting = wanted;
    await fillOnce();
  };
  return {
    begin,
    hasRoom,
    close: async () => {
      stop.abort();
      await filling?.catch(() => undefined);
      await Promise.all([...underWay.values()].map(({ ended }) => ended));
    },
  };
}

/** In their order, each once. */
function choose(wanted: readonly CopyAddress[], underWay: Running): Map<string, CopyAddress> {
  const chosen = new Map<string, CopyAddress>();
  const busy = new Map<string, number>();
  const countUp = (host: string) => busy.set(host, (busy.get(host) ?? 0) + 1);
  for (const { host, isAsking } of underWay.values()) if (isAsking) countUp(host);
  for (const address of wanted) {
    if (underWay.size + chosen.size >= AT_ONCE_MAX) break;
    const { host } = address;
    if (underWay.has(address.key) || chosen.has(address.key)) continue;
    if ((busy.get(host) ?? 0) >= AT_ONE_SERVER_MAX) continue;
    chosen.set(address.key, address);
    countUp(host);
  }
  return chosen;
}

function toSight(answer: GuardedAnswer): CopySight {
  if (answer.kind === 'answered') return { kind: 'answered', status: answer.status };
  const { reason } = answer;
  switch (reason) {
    case 'private_address':
    case 'too_large':
    case 'unreachable':
    case 'timeout':
      return { kind: reason };
    default:
      return { kind: 'unclear' };
  }
}

function toRow(verdict: ReturnType<typeof judgeCopy>) {
  switch (verdict.kind) {
    case 'bad':
      return { result: 'bad', reason: verdict.reason, assetId: null } as const;
    case 'again':
      return { result: null, reason: verdict.reason, assetId: null, againInMs: verdict.inMs } as const;
    case 'take':
      throw new Error('a picture was fetched, and nobody kept it');
  }
}
