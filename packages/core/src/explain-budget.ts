import { appliesTo, type Budget, nextUtcDay, type Spender } from './budget.js';
import type { Waiting } from './explain-waiting.js';

const DETAILS: Readonly<Record<Budget['scope'], { readonly used: string; readonly short: string }>> = {
  day: {
    used: 'As many images were submitted today (UTC) as may be; it goes on tomorrow',
    short: 'Fewer images may still be submitted today (UTC) than it asks for; it goes on tomorrow',
  },
  client: {
    used: 'Its client has submitted as many images today (UTC) as it may; it goes on tomorrow',
    short: 'Its client may still submit fewer images today (UTC) than it asks for; it goes on tomorrow',
  },
  batch: {
    used: 'Its batch has submitted as many images as it may; it goes on when the limit of the batch is raised',
    short: 'Its batch may still submit fewer images than it asks for; it goes on when its limit is raised',
  },
};

const NEVER = 'It asks for more images than a limit ever leaves; it goes on when that limit is raised';

/** The ceiling that holds a queued job back the longest, if one does. */
export function explainBudget(
  job: Spender & { readonly statusSince: Date },
  budgets: readonly Budget[],
  now: Date,
): Waiting | null {
  const short = budgets.filter((budget) => appliesTo(budget, job) && budget.leftImages < job.imageCount);
  const by = (scope: Budget['scope']) => short.find((budget) => budget.scope === scope);
  const never = short.find((budget) => budget.limitImages < job.imageCount);
  const budget = never ?? by('batch') ?? by('day') ?? by('client');
  if (budget === undefined) return null;
  const { reachedAt, scope } = budget;
  return {
    code: 'budget',
    since: reachedAt !== null && reachedAt > job.statusSince ? reachedAt : job.statusSince,
    until: never !== undefined || scope === 'batch' ? null : nextUtcDay(now),
    detail: never !== undefined ? NEVER : DETAILS[scope][budget.leftImages > 0 ? 'short' : 'used'],
  };
}
