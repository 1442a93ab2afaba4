import { type ClaimTime, claimTimeNow } from './claim-time.js';

/** The database's time while a look is under way, and whether this machine stood still in it. */
export interface SweepClock {
  readonly startedAt: Date;
  now(): Date;
  /** Whether more than the standstill passed between two readings of this clock. */
  stoodStill(): boolean;
}

/**
 * Carries the database's time on by this machine's clocks, by the larger of the two as with claims.
 *
 * @param standstillMs more than any single request may take; see `standstillMs` in the core
 */
export function startSweepClock(startedAt: Date, standstillMs: number): SweepClock {
  const started = claimTimeNow();
  let last = started;
  let stoodStill = false;
  const read = (): number => {
    const now = claimTimeNow();
    stoodStill ||= elapsedMs(last, now) > standstillMs;
    last = now;
    return elapsedMs(started, now);
  };
  return {
    startedAt,
    now: () => new Date(startedAt.getTime() + read()),
    stoodStill: () => {
      read();
      return stoodStill;
    },
  };
}

function elapsedMs(from: ClaimTime, to: ClaimTime): number {
  return Math.max(to.wallMs - from.wallMs, to.monotonicMs - from.monotonicMs);
}
