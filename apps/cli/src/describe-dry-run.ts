import type { BatchDryRun } from '@catwalk/client';
import { duration, plural, printable } from './print-table.js';

/** So many of what is wrong are shown; the API names up to a hundred. */
const SHOWN = 10;

/** What a batch would come to, for people. */
export function dryRunLines(name: string, dryRun: BatchDryRun): string[] {
  const { lines, valid, invalidLines, duplicates } = dryRun;
  const repeated = duplicates.customIds + duplicates.requests;
  const parts = { valid, invalid: invalidLines.count, repeated };
  const counts = Object.entries(parts).map(([part, count]) => `${count.toLocaleString('en-US')} ${part}`);
  return [
    `${name}: ${plural(lines, 'line')}, ${counts.join(', ')}`,
    ...invalid(dryRun),
    ...repeats(dryRun),
    field('images', `${dryRun.images}${dryRun.livemode ? '' : ' (SANDBOX: nothing is billed)'}`),
    ...(dryRun.estimatedCost === null ? [] : [field('cost', `about ${moneyOf(dryRun.estimatedCost)}`)]),
    ...credits(dryRun),
    field('time', time(dryRun)),
  ];
}

/** The question before it is spent. */
export function spendQuestion(dryRun: BatchDryRun, pilot: number | undefined): string {
  const cost = dryRun.estimatedCost === null ? '' : `, about ${moneyOf(dryRun.estimatedCost)}`;
  const first =
    pilot === undefined || pilot >= dryRun.valid
      ? ''
      : `, ${plural(pilot, 'try-on')} of them first as a pilot`;
  return `Submit ${plural(dryRun.valid, 'try-on')} (${plural(dryRun.images, 'image')}${cost}${first})?`;
}

export function moneyOf({ amount, currency }: { amount: string; currency: string }): string {
  return `${amount} ${currency}`;
}

/** A line's number and all that is wrong with it. */
export function invalidLine(one: BatchDryRun['invalidLines']['first'][number]): string {
  const reasons = one.errors.map(({ path, message }) => (path === '' ? message : `${path} ${message}`));
  return printable(`line ${one.line}: ${reasons.join('; ')}`);
}

function invalid({ invalidLines: { count, first } }: BatchDryRun): string[] {
  return shorten(first.map(invalidLine), count).map((text) => `  ${text}`);
}

function repeats({ duplicates: { customIds, requests, first } }: BatchDryRun): string[] {
  const what = { customId: 'has the customId of', request: 'asks for the same as' };
  const lines = first.map(({ line, sameAs, of }) => `line ${line} ${what[of]} line ${sameAs}`);
  return shorten(lines, customIds + requests).map((text) => `  ${text}`);
}

function shorten(lines: readonly string[], total: number): string[] {
  const shown = lines.slice(0, SHOWN);
  return total > shown.length ? [...shown, `… and ${total - shown.length} more`] : shown;
}

function credits({ credits: all }: BatchDryRun): string[] {
  if (all.length === 0) return [];
  const each = all.map((one) => `${printable(one.account)} ${one.credits ?? 'unknown'}`);
  return [field('credits', each.join(', '))];
}

function time({ estimatedSeconds, slots }: BatchDryRun): string {
  const on = `on ${plural(slots, 'slot')}`;
  return estimatedSeconds === null ? `not known yet, ${on}` : `about ${duration(estimatedSeconds)} ${on}`;
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(9)}${value}`;
}
