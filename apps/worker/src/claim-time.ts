import { CLAIM_FRESH_MS } from '@catwalk/core';

/** When a claim was made, by both clocks of this machine: each stands still or jumps where the other does not. */
export interface ClaimTime {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function claimTimeNow(): ClaimTime {
  return { wallMs: Date.now(), monotonicMs: performance.now() };
}

/**
 * Whether a claim may still be sent. A machine that slept between claim and send must not send: others may
 * have found the claim stale and acted on it.
 */
export function isFresh(claimedAt: ClaimTime, now: ClaimTime = claimTimeNow()): boolean {
  const ageMs = Math.max(now.wallMs - claimedAt.wallMs, now.monotonicMs - claimedAt.monotonicMs);
  return ageMs < CLAIM_FRESH_MS;
}
