import type { Fault } from './rig/fault.js';

/** One rule of the product, broken on purpose, and the row that must notice. */
export interface BrokenRule {
  readonly name: string;
  /** Text that is replaced in built modules as they are loaded. */
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  readonly row: string;
  /** What the row must say. */
  readonly expected: RegExp;
  /** Where the row would need longer than usual if the rule held. */
  readonly endWithinS?: number;
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
    expected: /billed twice|over the limit|stuck/,
  },
  {
    name: 'looks before the grace',
    edits: [{ file: 'core/dist/judge-evidence.js', from: 'ageMs < rules.graceMs', to: 'ageMs < 0' }],
    row: 'accepted long after the client gave up',
    expected: /billed twice/,
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
    endWithinS: 60,
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
    expected: /open again|stuck/,
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
  },
];

/** The row as it is run with a rule broken in every process of it: shorter, since it is known how it ends. */
export function breakRule(fault: Fault, rule: BrokenRule): Fault {
  const preload = String(new URL('./preloads/break-rule.mjs', import.meta.url));
  const parts = ['api', 'webhook', 'worker', 'worker-2'];
  const preloads = parts.map((part) => [part, [preload, ...(fault.preloads?.[part] ?? [])]] as const);
  return {
    ...fault,
    name: `${fault.name}, with ${rule.name}`,
    endWithinS: Math.min(fault.endWithinS, rule.endWithinS ?? 30),
    env: { ...fault.env, BROKEN_RULE: JSON.stringify(rule.edits) },
    preloads: Object.fromEntries(preloads),
  };
}
