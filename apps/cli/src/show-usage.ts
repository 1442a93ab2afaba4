import type { Usage, UsageFilter } from '@catwalk/client';
import { moneyOf } from './describe-dry-run.js';
import { tableLines } from './print-table.js';
import { EXIT, type Session } from './session.js';

/** What was submitted and billed. @returns the exit code */
export async function showUsage(session: Session, { from, to, by }: UsageFilter): Promise<number> {
  const usage = await session.catwalk.usage({ from, to, by, signal: session.around.signal });
  session.answer(usage);
  const groups = usage.by.map((group) => (group === 'batch' ? 'batchId' : group));
  const rows = usage.data.map((row) => [...groups.map((group) => row[group] ?? ''), ...countsOf(row)]);
  const total = [...groups.map((_, place) => (place === 0 ? 'total' : '')), ...countsOf(usage.total)];
  session.say(
    `${usage.from} to ${usage.to}${usage.livemode ? '' : ' (SANDBOX: nothing was billed)'}`,
    ...tableLines([
      [...groups, 'submitted', 'billed', 'jobs', 'succeeded', 'failed', 'cost'],
      ...(groups.length === 0 ? [] : rows),
      total,
    ]),
  );
  return EXIT.fine;
}

function countsOf(counts: Usage['total']): string[] {
  const { imagesSubmitted, imagesBilled, jobsSubmitted, jobsSucceeded, jobsFailed, estimatedCost } = counts;
  const numbers = [imagesSubmitted, imagesBilled, jobsSubmitted, jobsSucceeded, jobsFailed].map(String);
  return [...numbers, estimatedCost === null ? '' : moneyOf(estimatedCost)];
}
