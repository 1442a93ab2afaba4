import {
  type AttemptEvent,
  type AttemptState,
  type CallbackDecision,
  type Decision,
  decide,
  findOverruled,
  type Job,
  judgeReport,
  matchCallback,
  nameDecision,
  type ReportVerdict,
  type TaskReport,
} from '@catwalk/core';
import {
  type Answer,
  type Database,
  judgeJobs,
  type KeptCallback,
  lookSoon,
  makeId,
  type Question,
  settleInHalves,
} from '@catwalk/infra/postgres';
import { createGroupCommit, type GroupCommit, type GroupCommitOptions } from '@catwalk/infra/process';

/** One callback whose path was signed by us, as it came. */
export interface ReceivedCallback {
  readonly replyRef: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentHash: string;
  /** Null when the body is not JSON of the provider's model. */
  readonly report: TaskReport | null;
}

interface Judged {
  readonly decision: CallbackDecision;
  /** The conclusion about its attempt that it proved wrong. */
  readonly overruled: AttemptState | null;
}

/** What was decided and committed; `not-stored` is a body that Postgres itself refused. */
type RecordedCallback =
  | (Judged & { readonly kind: 'recorded' })
  | { readonly kind: 'not-stored'; readonly error: unknown };

export type CallbackRecorder = GroupCommit<ReceivedCallback, RecordedCallback>;

/**
 * Records callbacks: kept raw, matched, applied and committed, many in one transaction under load. Within a
 * batch each is judged against the result of the one before.
 */
export function createCallbackRecorder(
  db: Database,
  bounds: Pick<GroupCommitOptions<unknown, unknown>, 'maxWaitingBytes' | 'maxWaitMs'> = {},
): CallbackRecorder {
  return createGroupCommit({
    ...bounds,
    sizeOf: (callback: ReceivedCallback) => callback.body.byteLength + 512,
    flush: (callbacks) => recordCallbacks(db, callbacks),
  });
}

async function recordCallbacks(
  db: Database,
  callbacks: readonly ReceivedCallback[],
): Promise<RecordedCallback[]> {
  const settled = await settleInHalves(callbacks, (part) => judgeJobs(db, part.map(toQuestion)));
  const kept = await applyWithoutTask(db, callbacks, settled);
  await confirmDoubtful(db, callbacks, kept);
  return kept.map((one) =>
    one.status === 'fulfilled'
      ? { kind: 'recorded', ...one.value }
      : { kind: 'not-stored', error: one.reason },
  );
}

/**
 * What Postgres refused to apply comes down to a task that another attempt owns, since the text of a report is
 * clean. What the callback says of its own attempt is as true without it, so it is applied, and kept as
 * conflicting.
 */
async function applyWithoutTask(
  db: Database,
  callbacks: readonly ReceivedCallback[],
  settled: readonly PromiseSettledResult<Judged>[],
): Promise<PromiseSettledResult<Judged>[]> {
  const refused = callbacks.filter((_callback, index) => settled[index]?.status === 'rejected');
  if (refused.length === 0) return [...settled];
  const kept = await settleInHalves(refused, (part) => judgeJobs(db, part.map(toConflictingQuestion)));
  const results = kept[Symbol.iterator]();
  return settled.map((one) => (one.status === 'rejected' ? (results.next().value ?? one) : one));
}

function toConflictingQuestion(callback: ReceivedCallback): Question<Judged> {
  const { report } = callback;
  const nameless = { ...callback, report: report === null ? null : { ...report, taskId: null } };
  return {
    locate: { replyRef: callback.replyRef },
    actor: 'provider',
    judge: (job, now) => judgeCallback(nameless, job, now, 'conflicting'),
  };
}

function toQuestion(callback: ReceivedCallback): Question<Judged> {
  return {
    locate: { replyRef: callback.replyRef },
    actor: 'provider',
    judge: (job, now) => judgeCallback(callback, job, now),
  };
}

/** @param named how the decision is called, where that is known before */
function judgeCallback(
  callback: ReceivedCallback,
  job: Job | null,
  now: Date,
  named?: CallbackDecision,
): Answer<Judged> {
  const attempt = job?.attempts.find((one) => one.replyRef === callback.replyRef) ?? null;
  const match = matchCallback({
    signedReplyRef: callback.replyRef,
    report: callback.report,
    attemptFound: attempt !== null,
  });
  if (match.kind === 'kept' || job === null || attempt === null)
    return keep(callback, job, attempt?.id ?? null, match.kind === 'kept' ? match.decision : 'orphan', null);
  const verdict = judgeReport(match.report, null);
  const event = toEvent(verdict, match.report.taskId);
  const decision = decide(job, { type: 'attempt', attemptId: attempt.id, event }, now);
  const name = named ?? nameDecision(verdict, decision.kind === 'refused' ? decision.reason : null);
  return keep(callback, job, attempt.id, name, decision);
}

function toEvent(verdict: ReportVerdict, taskId: string | null): AttemptEvent {
  switch (verdict.kind) {
    case 'progressed':
      return { type: 'progressed', taskId, by: 'callback' };
    case 'succeeded':
      return { type: 'succeeded', taskId, images: verdict.images, by: 'callback' };
    case 'failed':
      return { type: 'failed', taskId, failure: verdict.failure, by: 'callback' };
  }
}

function keep(
  callback: ReceivedCallback,
  job: Job | null,
  attemptId: string | null,
  name: CallbackDecision,
  decision: Decision | null,
): Answer<Judged> {
  const kept: KeptCallback = {
    id: makeId('cb'),
    replyRef: callback.replyRef,
    attemptId,
    tryOnId: job?.id ?? null,
    decision: name,
    body: callback.body,
    headers: callback.headers,
    contentHash: callback.contentHash,
  };
  return { result: { decision: name, overruled: findOverruled(decision) }, decision, callback: kept };
}

/**
 * The provider is asked soon about a callback that names another task than its attempt's, and about one that
 * says the task is over without showing what came of it.
 */
async function confirmDoubtful(
  db: Database,
  callbacks: readonly ReceivedCallback[],
  settled: readonly PromiseSettledResult<Judged>[],
): Promise<void> {
  const refs = callbacks.flatMap((callback, index) => {
    const one = settled[index];
    const conflicting = one?.status === 'fulfilled' && one.value.decision === 'conflicting';
    return conflicting || endsUnseen(callback.report) ? [callback.replyRef] : [];
  });
  if (refs.length > 0) await lookSoon(db, refs);
}

function endsUnseen(report: TaskReport | null): boolean {
  return report?.final === true && judgeReport(report, null).kind === 'progressed';
}
