/** How far the search for an attempt whose answer was lost has come. */
export interface EvidenceSearch {
  /** From here the grace runs: when the attempt became unknown, or when the search resumed after a standstill. */
  readonly graceFrom: Date;
  /** The last sign that sweeps go on, with this attempt in view, answered or not: one's end. */
  readonly sweptAt: Date | null;
  /** The beginning of the first look that proved it absent. */
  readonly absentAt: Date | null;
  /** The last look that nobody answered or that came after a standstill; null: there was none. */
  readonly interruptedAt: Date | null;
}

/** One look at scheduler and listing that did not find the attempt. */
export interface EvidenceLook {
  readonly startedAt: Date;
  /** Scheduler and listing both answered, and could be read. */
  readonly answered: boolean;
  /** The look would have shown the task, had there been one; see `matchListing`. */
  readonly complete: boolean;
}

export type EvidenceVerdict =
  | { readonly kind: 'search-on'; readonly search: EvidenceSearch }
  | { readonly kind: 'disproved' }
  | { readonly kind: 'deadline' };

export interface EvidenceRules {
  /** `UNCONFIRMED_GRACE_MS` */
  readonly graceMs: number;
  /** `POLL_INTERVAL_MS` */
  readonly pollIntervalMs: number;
  /** `JOB_DEADLINE_MS` */
  readonly jobDeadlineMs: number;
}

/**
 * What a look that found nothing proves. Absence takes two complete looks at least an eighth of the grace
 * apart, both begun after the grace; a standstill between sweeps starts the grace again. The deadline ends the
 * search by an answered look that began after it, and wins where both could be decided.
 */
export function judgeEvidence(
  search: EvidenceSearch,
  look: EvidenceLook,
  rules: EvidenceRules & { readonly deadlineAt: Date },
): EvidenceVerdict {
  const resumed = { ...afterStandstill(search, look.startedAt, rules), sweptAt: look.startedAt };
  if (!look.answered) return { kind: 'search-on', search: { ...resumed, interruptedAt: look.startedAt } };
  if (look.startedAt > rules.deadlineAt && hadItsChance(resumed, look.startedAt, rules))
    return { kind: 'deadline' };
  const ageMs = look.startedAt.getTime() - resumed.graceFrom.getTime();
  if (!look.complete || ageMs < rules.graceMs) return { kind: 'search-on', search: resumed };
  if (resumed.absentAt === null)
    return { kind: 'search-on', search: { ...resumed, absentAt: look.startedAt } };
  const apartMs = look.startedAt.getTime() - resumed.absentAt.getTime();
  return apartMs < rules.graceMs / 8 ? { kind: 'search-on', search: resumed } : { kind: 'disproved' };
}

/**
 * A gap of more than this between sweeps, in milliseconds, means that a machine stood still, and with it
 * perhaps the request: a quarter of the grace. Where sweeps are made so rarely that their own gaps are as long,
 * twice that gap, so that absence can be proven with any settings.
 */
export function standstillMs(rules: Pick<EvidenceRules, 'graceMs' | 'pollIntervalMs'>): number {
  return Math.max(rules.graceMs / 4, 2 * rules.pollIntervalMs);
}

function afterStandstill(search: EvidenceSearch, now: Date, rules: EvidenceRules): EvidenceSearch {
  const before = search.sweptAt ?? search.graceFrom;
  if (now.getTime() - before.getTime() <= standstillMs(rules)) return search;
  return { ...search, graceFrom: now, absentAt: null, interruptedAt: now };
}

/**
 * An outage that outlasts the deadline fails nothing: the deadline waits until absence could have been shown
 * since, which takes the grace and two looks, however late each may come. Where the grace is as long as the
 * deadline, absence could never have been shown before it.
 */
function hadItsChance(search: EvidenceSearch, now: Date, rules: EvidenceRules): boolean {
  if (search.interruptedAt === null || rules.graceMs >= rules.jobDeadlineMs) return true;
  const sinceMs = now.getTime() - search.interruptedAt.getTime();
  return sinceMs > rules.graceMs + 3 * standstillMs(rules);
}
