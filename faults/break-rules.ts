import type { Fault } from './rig/fault.js';

/** One rule of the product, broken on purpose, and the row that must notice. */
export interface BrokenRule {
  readonly name: string;
  /** Text that is replaced in built modules as they are loaded. */
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  readonly row: string;
  /** What the row must say. */
  readonly expected: RegExp;
  /** As many as it takes; default: those of the row. */
  readonly jobs?: number;
  /** By then the rule has done its harm, on the slowest machine too; the row is over when it has. */
  readonly endWithinS: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Now and then proof is quicker than every harm: it is proven by `npm run faults -- --prove`, not by a test. */
  readonly hangsOnChance?: true;
}

const saveJobs = 'infra/dist/postgres/save-jobs.js';
const decide = 'core/dist/decide.js';

export const brokenRules: readonly BrokenRule[] = [
  {
    name: 'guard by status only',
    edits: [
      { file: saveJobs, from: 'id text, version int,', to: 'id text, expected_status text, version int,' },
      {
        file: saveJobs,
        from: 't.version = c.version AND t.current_attempt_id IS NOT DISTINCT FROM c.expected_attempt_id',
        to: 't.status = c.expected_status',
      },
      {
        file: saveJobs,
        from: 'version: change.version,',
        to: 'version: change.version, expected_status: change.before.status,',
      },
    ],
    row: 'a worker frozen between looking and writing',
    expected: /billed twice/,
    endWithinS: 45,
  },
  {
    name: 'resubmit on timeout',
    edits: [
      {
        file: 'worker/dist/record-outcome.js',
        from: `return { type: 'unanswered', reason: outcome.reason, by: 'answer' };`,
        to: `return { type: 'deferred' };`,
      },
    ],
    row: 'answers lost after accepting',
    // What is proven late withdraws the resubmit, if it has not gone out: then the slot is what is given twice.
    expected: /billed twice|over the limit/,
    jobs: 150,
    endWithinS: 75,
    hangsOnChance: true,
  },
  {
    name: 'looks before the grace',
    edits: [{ file: 'core/dist/judge-evidence.js', from: 'ageMs < rules.graceMs', to: 'ageMs < 0' }],
    row: 'accepted long after the client gave up',
    expected: /billed twice/,
    jobs: 60,
    endWithinS: 60,
    // The sooner a submit is given up, the longer its task stays unseen: at any speed of the machine.
    env: { SUBMIT_TIMEOUT_MS: '500' },
  },
  {
    name: 'no positive control',
    edits: [
      {
        file: 'core/dist/match-listing.js',
        from: 'if (listing.completeSinceMs > fromMs)',
        to: 'if (true) return null; if (false)',
      },
    ],
    row: 'inputs rewritten in the listing',
    expected: /billed twice/,
    jobs: 30,
    endWithinS: 60,
  },
  {
    name: 'no rescue',
    edits: [
      {
        file: 'worker/dist/rescue.js',
        from: 'const { db, config } = context;',
        to: 'return; const { db, config } = context;',
      },
    ],
    row: 'worker killed before its request goes out',
    expected: /stuck/,
    jobs: 15,
    // With the rule in place all ends at the deadline at the latest.
    endWithinS: 22,
    env: { SUBMIT_TIMEOUT_MS: '1000', UNCONFIRMED_GRACE_MS: '3000', JOB_DEADLINE_MS: '12000' },
  },
  {
    name: 'callbacks applied without order',
    edits: [
      {
        file: 'core/dist/attempt.js',
        from: 'if (attempt.state === rule.to)',
        to: `if (event.type === 'progressed') return moved(attempt, event, rule.to, now); if (attempt.state === rule.to)`,
      },
      { file: decide, from: 'if (isFinal(job.status))\n        return job;', to: '' },
    ],
    row: 'callbacks doubled and shuffled',
    expected: /open again/,
    jobs: 30,
    endWithinS: 45,
  },
  {
    name: `an old attempt's failure ends the job`,
    edits: [
      {
        file: decide,
        from: 'return endIfNothingIsOpen(job, now);\n    return followCurrent',
        to: `return attempt.state === 'ended_failed' ? fail(job, failureOf(attempt, before), now) : job;\n    return followCurrent`,
      },
    ],
    row: 'an old attempt fails after a retry',
    expected: /called failed/,
    endWithinS: 45,
  },
];

/** The row as short as it takes to see the rule broken, or held. */
export function shortenRow(fault: Fault, rule: BrokenRule): Fault {
  const jobs = rule.jobs ?? fault.jobs.quick;
  return {
    ...fault,
    jobs: { quick: jobs, full: jobs },
    endWithinS: rule.endWithinS,
    env: { ...fault.env, ...rule.env },
  };
}

/** The shortened row with the rule broken in every process of it. */
export function breakRule(fault: Fault, rule: BrokenRule): Fault {
  const short = shortenRow(fault, rule);
  const preload = String(new URL('./preloads/break-rule.mjs', import.meta.url));
  const parts = ['api', 'webhook', 'doors', 'worker', 'worker-2'];
  const preloads = parts.map((part) => [part, [preload, ...(fault.preloads?.[part] ?? [])]] as const);
  return {
    ...short,
    name: `${fault.name}, with ${rule.name}`,
    overWhenSaid: rule.expected,
    env: { ...short.env, BROKEN_RULE: JSON.stringify(rule.edits) },
    preloads: Object.fromEntries(preloads),
  };
}
