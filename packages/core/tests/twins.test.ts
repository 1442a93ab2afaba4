import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  decide,
  type Job,
  type JobEvent,
  type ListedTask,
  matchListing,
} from '../src/index.js';
import { many, newAttempt, newJob, second } from './lives.js';
import { inferred, jobOf, said, type Word } from './said.js';

// Jobs that ask for the same, on one account, at a provider that loses answers. Its listing is honest: it shows
// every task there is. One look stands for the two that absence takes. Nobody retries: what is sent, we send.

const TWINS = 3;
const ASKED = {
  humanImage: 'person',
  dressInput: 'dress',
  upperInput: null,
  lowerInput: null,
  imageCount: 1,
};
/** A task of ours from before, which every look finds: the positive control. */
const CONTROL = {
  ...newAttempt(newJob('try_0'), second(-60)),
  state: 'ended_succeeded' as const,
  providerTaskId: 't0',
  inputs: { ...ASKED, humanImage: 'another person' },
};

interface Task extends ListedTask {
  readonly madeBy: string;
  end: 'succeeded' | 'failed' | null;
}

function newTask(taskId: string, madeBy: string, now: Date, humanImage = ASKED.humanImage): Task {
  const inputs = { humanImage, dressInput: ASKED.dressInput };
  return { taskId, createdAtMs: now.getTime(), inputs, imageCount: 1, madeBy, end: null };
}

const step = fc.record({
  // biome-ignore format: one line is the list of words
  verb: fc.constantFrom('submit', 'arrive', 'answer', 'lose the answer', 'look', 'succeed', 'fail', 'call back', 'poll'),
  which: fc.nat(5),
});
type TwinStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** The jobs, and what the provider really has. */
class Scene {
  readonly jobs: Job[] = Array.from({ length: TWINS }, (_, index) => newJob(`try_${index + 1}`));
  readonly tasks: Task[] = [];
  readonly mistakes: string[] = [];
  #now = second(0);

  get attempts(): Attempt[] {
    return this.jobs.flatMap((job) => job.attempts);
  }

  happen({ verb, which }: TwinStep, now: Date): void {
    this.#now = now;
    const one = <T>(of: readonly T[]) => of[which % Math.max(1, of.length)];
    const job = one(this.jobs);
    const wired = one(this.attempts.filter((attempt) => attempt.state === 'sending'));
    const made = this.tasks.find((task) => task.madeBy === wired?.id);
    const task = one(this.tasks);
    if (verb === 'look') this.#look();
    if (job && verb === 'submit')
      this.#judge({ type: 'submission-started', attempt: newAttempt(job, now) }, job.id);
    if (wired && verb === 'arrive' && !made)
      this.tasks.push(newTask(`t${this.tasks.length + 1}`, wired.id, now));
    if (wired && verb === 'answer') this.#tell(wired.id, made ? 'accepted' : 'deferred', made);
    if (wired && verb === 'lose the answer') this.#tell(wired.id, 'unanswered');
    if (task && (verb === 'succeed' || verb === 'fail'))
      task.end ??= verb === 'fail' ? 'failed' : 'succeeded';
    // A callback comes on the path of the attempt that made the task; a poll asks for the task it is taken for.
    if (task && verb === 'call back') this.#tell(task.madeBy, task.end ?? 'progressed', task);
    const taken = one(this.attempts.filter((attempt) => attempt.state === 'accepted'));
    const asked = this.tasks.find((other) => other.taskId === taken?.providerTaskId);
    if (taken && verb === 'poll' && asked?.end) this.#tell(taken.id, asked.end, asked);
  }

  #look(): void {
    const attempts = this.attempts.map((attempt) => ({ ...attempt, inputs: ASKED }));
    const control = newTask('t0', CONTROL.id, second(-60), 'another person');
    const all = { completeSinceMs: Number.NEGATIVE_INFINITY, startedAt: this.#now, running: [] };
    const listing = { ...all, tasks: [control, ...this.tasks] };
    const match = matchListing([CONTROL, ...attempts], listing);
    for (const { attemptId, taskId } of match.pairs) {
      const maker = this.tasks.find((task) => task.taskId === taskId)?.madeBy;
      if (this.attempts.some((one) => one.providerTaskId === taskId))
        this.mistakes.push(`${taskId} is owned`);
      if (this.attempts.some((one) => one.id === maker && one.state === 'sending'))
        this.mistakes.push(`${taskId} is about to be answered with`);
      this.#judge(inferred(attemptId, taskId));
    }
    for (const id of match.absent) {
      if (this.tasks.some((task) => task.madeBy === id)) this.mistakes.push(`${id} is there`);
      this.#tell(id, 'disproved');
    }
  }

  #tell(attemptId: string, word: Word, task?: Task): void {
    this.#judge(said(word, attemptId, task?.taskId ?? null));
  }

  #judge(event: JobEvent, jobId = 'attemptId' in event ? jobOf(event.attemptId) : ''): void {
    const place = this.jobs.findIndex((job) => job.id === jobId);
    const job = this.jobs[place];
    const decision = job && decide(job, event, this.#now);
    if (decision?.kind === 'changed') this.jobs[place] = decision.job;
  }
}

describe('of jobs that ask for the same, when answers get lost', () => {
  test('each is paid at most once, nothing that arrived is called absent, and no task is taken that another has or may still be answered with', () => {
    let disproved = 0;
    const holds = fc.property(many(step, 60), (steps) => {
      const scene = new Scene();
      for (const [index, one] of steps.entries()) scene.happen(one, second(index));
      expect(scene.mistakes).toEqual([]);
      const payers = scene.tasks.map((task) => jobOf(task.madeBy));
      expect(payers).toEqual([...new Set(payers)]);
      const certain = scene.attempts.filter((one) => one.providerTaskId !== null && !one.provisional);
      expect(new Set(certain.map((one) => one.providerTaskId)).size).toBe(certain.length);
      disproved += scene.attempts.filter((one) => one.state === 'disproved').length;
    });
    fc.assert(holds, { numRuns: 1_000 });
    expect(disproved).toBeGreaterThan(0);
  });
});
