/**
 * Whether the provider's callbacks reach us:
 *
 * - `off`: none is asked for
 * - `unproven`: nothing speaks for it or against it yet
 * - `ok`: one has come
 * - `silent`: the last results were all found by asking, though a callback was asked for each
 */
export const CALLBACK_STATES = ['ok', 'unproven', 'silent', 'off'] as const;

export type CallbackState = (typeof CALLBACK_STATES)[number];

/** So many ends in a row without a callback are no accident. */
export const SILENT_ENDS = 3;

/** One end of an attempt for which a callback was asked, long enough ago that it would have come. */
export interface AttemptEnd {
  readonly at: Date;
  /** A callback that was proof of something came for it, before or after it ended. */
  readonly called: boolean;
}

export interface CallbackFacts {
  /** Null: no worker has said yet whether it asks for callbacks. */
  readonly on: boolean | null;
  /** The last callback that could be matched to an attempt of ours. */
  readonly lastReceivedAt: Date | null;
  /** Newest first. */
  readonly lastEnds: readonly AttemptEnd[];
}

/** Only a callback that came proves that callbacks come; only results without one speak against it. */
export function judgeCallbacks({ on, lastReceivedAt, lastEnds }: CallbackFacts): CallbackState {
  if (on === false) return 'off';
  const last = lastEnds.slice(0, SILENT_ENDS);
  const oldest = last.at(-1);
  const uncalled = last.length === SILENT_ENDS && last.every((end) => !end.called);
  if (uncalled && oldest !== undefined && (lastReceivedAt === null || lastReceivedAt < oldest.at))
    return 'silent';
  return lastReceivedAt === null ? 'unproven' : 'ok';
}
