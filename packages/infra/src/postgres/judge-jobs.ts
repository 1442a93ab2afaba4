import {
  type Attempt,
  type Decision,
  decide,
  type Job,
  type JobEvent,
  type RefusalReason,
} from '@catwalk/core';
import type { KeptCallback } from './kept-callbacks.js';
import { type LoadedJob, loadJobs } from './load-jobs.js';
import type { Database } from './open-database.js';
import { type JobChange, saveJobs } from './save-jobs.js';
import { troubleOf } from './sql-error.js';

/** One thing to judge: which job it is about, and what to make of it once the job is read. */
export interface Question<R> {
  readonly locate: { readonly jobId: string } | { readonly replyRef: string };
  readonly actor: string;
  /**
   * Judges against the job as it is after the questions before it; null when there is no such job. Pure: it
   * is asked again when another process changed the job in the meantime.
   */
  readonly judge: (job: Job | null, now: Date) => Answer<R>;
}

export interface Answer<R> {
  readonly result: R;
  /** What the core decided; null or a refusal changes nothing. */
  readonly decision: Decision | null;
  readonly callback?: KeptCallback;
  /** The submit's redacted request and answer. */
  readonly exchange?: { readonly attemptId: string; readonly exchange: unknown };
}

/** Guards get lost only to other writers of the very same job, so many rounds mean a fault of ours. */
const ROUNDS_MAX = 40;
/** After a restart of Postgres a pool may hold several dead connections. */
const CONNECTIONS_LOST_MAX = 5;

/**
 * Reads the jobs, judges the questions in their order, each against the result of the one before, and saves
 * every job once, guarded. A lost guard reads and judges again; so does a lost connection, since what it had
 * committed is then seen.
 *
 * @returns the results in the order of the questions
 */
export async function judgeJobs<R>(db: Database, questions: readonly Question<R>[]): Promise<R[]> {
  const results = await settle(db, questions, null);
  return questions.map((question) => results.get(question) as R);
}

/**
 * The same for jobs of one batch, saved only while that is running or paused: the look at it and the save are one
 * statement.
 *
 * @returns the results in the order of the questions; null: not saved, because the batch was not, or may not have been
 */
export async function judgeJobsOfBatch<R>(
  db: Database,
  batchId: string,
  questions: readonly Question<R>[],
): Promise<(R | null)[]> {
  const results = await settle(db, questions, batchId);
  return questions.map((question) => results.get(question) ?? null);
}

async function settle<R>(
  db: Database,
  questions: readonly Question<R>[],
  batchId: string | null,
): Promise<Map<Question<R>, R>> {
  const results = new Map<Question<R>, R>();
  let open = questions;
  let connectionsLost = 0;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === ROUNDS_MAX) throw new Error(`a job changed under ${ROUNDS_MAX} judgements in a row`);
    try {
      const left = await judgeOnce(db, open, results, batchId);
      // Whoever judges in a batch looks at it again before the rest.
      if (batchId !== null) break;
      open = left;
    } catch (error) {
      connectionsLost += 1;
      if (troubleOf(error) !== 'again' || connectionsLost > CONNECTIONS_LOST_MAX) throw error;
    }
  }
  return results;
}

async function judgeOnce<R>(
  db: Database,
  questions: readonly Question<R>[],
  results: Map<Question<R>, R>,
  batchId: string | null,
): Promise<readonly Question<R>[]> {
  const loaded = await loadJobs(db.prisma, wanted(questions));
  const sheet = new Sheet(loaded.jobs);
  const answers = questions.map((question) => ({ question, ...sheet.judge(question, loaded.now) }));
  const changes = sheet.changes();
  const callbacks = answers.flatMap(({ answer, isDeleted }) =>
    answer.callback === undefined ? [] : isDeleted ? withoutBody(answer.callback) : answer.callback,
  );
  const saved =
    changes.length + callbacks.length > 0
      ? await saveJobs(db.prisma, changes, callbacks, batchId)
      : new Set<string>();
  const lost = new Set(changes.map((change) => change.job.id).filter((id) => !saved.has(id)));
  for (const { question, answer, jobId } of answers)
    if (jobId === null || !lost.has(jobId)) results.set(question, answer.result);
  return questions.filter((question) => !results.has(question));
}

/** That it came is kept; what it says of a deleted job is not. */
function withoutBody(callback: KeptCallback): KeptCallback {
  return { ...callback, body: new Uint8Array(), headers: {} };
}

function wanted<R>(questions: readonly Question<R>[]): { jobIds: string[]; replyRefs: string[] } {
  const jobIds = new Set<string>();
  const replyRefs = new Set<string>();
  for (const { locate } of questions)
    if ('jobId' in locate) jobIds.add(locate.jobId);
    else replyRefs.add(locate.replyRef);
  return { jobIds: [...jobIds], replyRefs: [...replyRefs] };
}

interface Draft {
  readonly loaded: LoadedJob;
  job: Job;
  touched: boolean;
  readonly attempts: Map<string, Attempt>;
  readonly facts: JobChange['facts'][number][];
  readonly exchanges: Map<string, unknown>;
}

/** The jobs of one round as they are being judged. */
class Sheet {
  readonly #byId = new Map<string, Draft>();
  readonly #byReplyRef = new Map<string, Draft>();

  constructor(jobs: readonly LoadedJob[]) {
    for (const loaded of jobs) {
      const draft = {
        loaded,
        job: loaded.job,
        touched: false,
        attempts: new Map(),
        facts: [],
        exchanges: new Map(),
      };
      this.#byId.set(loaded.job.id, draft);
      for (const ref of loaded.replyRefs) this.#byReplyRef.set(ref, draft);
    }
  }

  judge<R>(
    question: Question<R>,
    now: Date,
  ): { answer: Answer<R>; jobId: string | null; isDeleted: boolean } {
    const { locate } = question;
    const draft = 'jobId' in locate ? this.#byId.get(locate.jobId) : this.#byReplyRef.get(locate.replyRef);
    const answer = question.judge(draft?.job ?? null, now);
    if (draft !== undefined && answer.decision?.kind === 'changed')
      apply(draft, question.actor, answer.decision);
    if (draft !== undefined) keepExchange(draft, answer);
    const isDeleted = (draft?.job.deletedAt ?? null) !== null;
    return { answer, jobId: draft?.job.id ?? null, isDeleted };
  }

  changes(): JobChange[] {
    const touched = [...this.#byId.values()].filter((draft) => draft.touched);
    return touched.map((draft) => ({
      before: draft.loaded.job,
      version: draft.loaded.version,
      batchId: draft.loaded.batchId,
      job: draft.job,
      attempts: [...draft.attempts.values()],
      facts: draft.facts,
      exchanges: draft.exchanges,
    }));
  }
}

function apply(draft: Draft, actor: string, decision: Extract<Decision, { kind: 'changed' }>): void {
  draft.job = decision.job;
  draft.touched = true;
  for (const attempt of decision.changedAttempts) draft.attempts.set(attempt.id, attempt);
  draft.facts.push(...decision.facts.map((fact) => ({ ...fact, actor })));
}

/** Also when the answer told nothing new, since a callback or the scheduler was quicker: the timeline shows it. */
function keepExchange<R>(draft: Draft, { exchange }: Answer<R>): void {
  const attempt = draft.job.attempts.find((one) => one.id === exchange?.attemptId);
  if (exchange === undefined || attempt === undefined) return;
  draft.touched = true;
  draft.attempts.set(attempt.id, attempt);
  draft.exchanges.set(attempt.id, exchange.exchange);
}

export type JudgedJob =
  | { readonly kind: 'changed'; readonly job: Job }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'missing' };

/** Judges one event of one job by the core's table and saves what it made of it. */
export async function judgeJob(
  db: Database,
  input: { readonly jobId: string; readonly actor: string; readonly event: JobEvent },
): Promise<JudgedJob> {
  const [result] = await judgeJobs<JudgedJob>(db, [
    {
      locate: { jobId: input.jobId },
      actor: input.actor,
      judge: (job, now) => {
        if (job === null) return { result: { kind: 'missing' }, decision: null };
        const decision = decide(job, input.event, now);
        return { result: decision, decision };
      },
    },
  ]);
  return result ?? { kind: 'missing' };
}
