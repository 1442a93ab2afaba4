import type { RowResult } from './run-row.js';

const heads = [
  'fault',
  'backend',
  'jobs',
  'lost',
  'billed twice',
  'stuck',
  'over the limit',
  'ended failed',
  's until work flowed again',
  's until all had ended',
  '',
];

export const legend = `Each row is a system of its own: api, worker and webhook app as processes, a fresh database on a durable
PostgreSQL, a Redis of its own where BullMQ runs on Redis, and the simulator as the provider. A third of the jobs is
posted before the fault, a third while it lasts, a third after it. Waits are short, in the proportions of the defaults,
where the row's name does not say otherwise. With \`--quick\` there are fewer jobs and rows, and outages are shorter:
the webhook app is down for 5 s instead of 30, and FLUSHALL meets 20,000 jobs instead of 100,000. The row with the full
disk needs a small disk of its own, so it is there only where the report is made as root on Linux.

- lost: accepted by the API, and no row is there
- billed twice: jobs of which the provider accepted more submits than anybody asked for
- stuck: not final at the end of the row's bound
- over the limit: submits that the provider accepted above an account's limit, or refused because of it
- ended failed: jobs that ended with an error, such as \`submission_unconfirmed\`, without images that were paid for
- s until work flowed again: from the end of the fault (or from when the killed process was up again) to the next
  submit that the provider accepted; a dash where work never stops
- s until all had ended: from when the fault was over and everything was posted`;

/** The table in Markdown; a red row says why. */
export function formatTable(results: readonly RowResult[]): string {
  const lines = [heads, heads.map(() => '---'), ...results.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** What each row measured, beside what it must be. */
export function formatFigures(results: readonly RowResult[]): string {
  const lines = results.flatMap(({ fault, backend, figures }) =>
    figures.map(({ what, value, unit, atMost, atLeast }) => [
      fault,
      backend,
      what,
      `${Number.isInteger(value) ? value : value.toFixed(2)} ${unit}`.trim(),
      `at ${atMost === undefined ? `least ${atLeast}` : `most ${atMost}`} ${unit}`.trim(),
    ]),
  );
  const table = [['fault', 'backend', 'figure', 'measured', 'must be'], Array(5).fill('---'), ...lines];
  return table.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

export function isGreen(result: RowResult): boolean {
  return result.reasons.length === 0;
}

function cells(result: RowResult): (string | number)[] {
  const { fault, backend, jobs, lost, billedTwice, stuck, overLimit, failed } = result;
  const verdict = isGreen(result) ? 'green' : `**red**: ${result.reasons.join('; ')}`;
  const figures = [seconds(result.flowS), seconds(result.endS)];
  return [fault, backend, jobs, lost, billedTwice, stuck, overLimit, failed, ...figures, verdict];
}

function seconds(value: number | null): string {
  if (value === null) return '–';
  return Number.isFinite(value) ? value.toFixed(1) : 'never';
}

/** One line while the report is being made. */
export function formatLine(result: RowResult): string {
  const verdict = isGreen(result) ? 'green' : `RED: ${result.reasons.join('; ')}`;
  const times = `flow ${seconds(result.flowS)} s, end ${seconds(result.endS)} s, ${result.tookS.toFixed(0)} s`;
  return `${result.fault} (${result.backend}): ${result.jobs} jobs, ${result.failed} failed, ${times}: ${verdict}`;
}
