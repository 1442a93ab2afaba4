import type { Waiting } from './explain-waiting.js';
import type { BatchPauseReason, BatchState } from './judge-batch.js';

/** What the batch of a job says about it. */
export interface WaitingBatch {
  readonly state: BatchState;
  readonly stateSince: Date;
  /** Of a paused one: why, and in words where no person did it. */
  readonly pauseReason: BatchPauseReason | null;
  readonly pauseDetail: string | null;
  /** Whether all but its pilot still wait, and whether the job is of the pilot. */
  readonly piloting: boolean;
  readonly isPilot: boolean;
}

/** Why a queued job's batch lets it not start; null: it does. */
export function explainBatch(
  batch: WaitingBatch | null,
  job: { readonly statusSince: Date },
): Waiting | null {
  if (batch === null) return null;
  const isOlder = batch.stateSince <= job.statusSince;
  const since = isOlder ? job.statusSince : batch.stateSince;
  const held = { code: 'batch_paused', since, until: null } as const;
  switch (batch.state) {
    case 'receiving':
      return { ...held, detail: 'Its batch is still being received; it goes on when all of it has come' };
    case 'canceling':
      return { ...held, detail: 'Its batch is being canceled, and it will be with it' };
    case 'paused':
      return explainPause(batch, since);
    case 'running':
      if (!batch.piloting || batch.isPilot) return null;
      return {
        code: 'pilot_review',
        since,
        until: null,
        detail:
          'The pilot of its batch goes first; it goes on when that has ended and a person resumes the batch',
      };
    case 'canceled':
    case 'finished':
      return null;
  }
}

function explainPause({ pauseReason, pauseDetail }: WaitingBatch, since: Date): Waiting {
  const why = pauseDetail === null ? 'it goes on when a person resumes it' : pauseDetail;
  switch (pauseReason) {
    case 'pilot_review':
      return { code: 'pilot_review', since, until: null, detail: `Its batch waits for a look: ${why}` };
    case 'failures':
      return { code: 'batch_paused', since, until: null, detail: `Its batch is paused: ${why}` };
    case 'person':
    case null:
      return { code: 'batch_paused', since, until: null, detail: `Its batch is paused by a person; ${why}` };
  }
}
