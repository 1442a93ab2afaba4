/** How far the search for an attempt whose answer was lost has come. */
export interface EvidenceSearch {
  /** From here the grace runs: when the attempt became unknown, or when the search resumed after a standstill. */
  readonly graceFrom: Date;
  /** The last sweep that had this attempt in view, answered or not. */
  readonly sweptAt: Date | null;
  /** The beginning of the first look that proved it absent. */
  readonly absentAt: Date | null;
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

/**
 * What a look that found nothing proves. Absence takes two complete looks at least an eighth of the grace
 * apart, both begun after the grace. A gap of more than a quarter of the grace between sweeps means that a
 * machine stood still, and with it perhaps the request: the grace starts again. The deadline ends the search
 * by an answered look that began after it, and wins where both could be decided.
 *
 * @param graceMs `UNCONFIRMED_GRACE_MS`
 */
export function judgeEvidence(
  search: EvidenceSearch,
  look: EvidenceLook,
  rules: { readonly graceMs: number; readonly deadlineAt: Date },
): EvidenceVerdict {
  if (look.answered && look.startedAt > rules.deadlineAt) return { kind: 'deadline' };
  const resumed = afterStandstill(search, look.startedAt, rules.graceMs);
  const ageMs = look.startedAt.getTime() - resumed.graceFrom.getTime();
  const sweptAt = look.startedAt;
  if (!look.answered || !look.complete || ageMs < rules.graceMs)
    return { kind: 'search-on', search: { ...resumed, sweptAt } };
  if (resumed.absentAt === null)
    return { kind: 'search-on', search: { ...resumed, sweptAt, absentAt: look.startedAt } };
  const apartMs = look.startedAt.getTime() - resumed.absentAt.getTime();
  if (apartMs < rules.graceMs / 8) return { kind: 'search-on', search: { ...resumed, sweptAt } };
  return { kind: 'disproved' };
}

function afterStandstill(search: EvidenceSearch, now: Date, graceMs: number): EvidenceSearch {
  const before = search.sweptAt ?? search.graceFrom;
  if (now.getTime() - before.getTime() <= graceMs / 4) return search;
  return { graceFrom: now, sweptAt: search.sweptAt, absentAt: null };
}
