import type { Batch } from '@catwalk/client';
import { invalidLine, moneyOf } from './describe-dry-run.js';
import { plural, printable } from './print-table.js';

const OUTCOMES: Readonly<Record<NonNullable<Batch['outcome']>, string>> = {
  all_succeeded: 'all succeeded',
  some_failed: 'some failed',
  none_succeeded: 'none succeeded',
};

/** How a batch stands, for people. */
export function batchLines(batch: Batch): string[] {
  return [
    `${batch.id} ${stateOf(batch)} since ${batch.stateSince}${batch.livemode ? '' : ' (SANDBOX)'}`,
    ...pausedLines(batch),
    field('try-ons', `${batch.total}: ${counted(batch.counts) || 'none yet'}`),
    ...optional('failed', counted(batch.failures)),
    ...optional('waiting', counted(batch.waiting)),
    ...invalidLines(batch),
    field('images', `${billed(batch)}${costOf(batch)}`),
    ...optional('started', batch.startedAt ?? ''),
    ...optional('ends', batch.estimatedEndAt === null ? '' : `about ${batch.estimatedEndAt}`),
    ...optional('ended', batch.finishedAt ?? ''),
  ];
}

/** Why a batch is paused, in a sentence; nothing when it is not. */
export function pausedLines({ paused }: Batch): string[] {
  if (paused === null) return [];
  return [printable(`paused by ${paused.actor} (${paused.reason}): ${paused.detail}`)];
}

/** `3 queued, 2 failed`: what there is none of is left out. */
export function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${printable(name)}`)
    .join(', ');
}

/** Try-ons that have ended. */
export function endedOf({ counts }: Batch): number {
  return counts.succeeded + counts.failed + counts.canceled;
}

function stateOf({ state, outcome }: Batch): string {
  return outcome === null ? state : `${state}, ${OUTCOMES[outcome]},`;
}

/** What is retried is billed again, so that there may be more than were asked for. */
function billed({ imagesBilled, images }: Batch): string {
  if (imagesBilled <= images) return `${imagesBilled} billed of ${images}`;
  return `${imagesBilled} billed, ${images} asked for: retries are billed again`;
}

function costOf({ estimatedCost }: Batch): string {
  return estimatedCost === null ? '' : `, about ${moneyOf(estimatedCost)} for all`;
}

function invalidLines({ invalidLines: { count, first } }: Batch): string[] {
  if (count === 0) return [];
  const shown = first.slice(0, 3).map((one) => `    ${invalidLine(one)}`);
  return [field('invalid', plural(count, 'line')), ...shown];
}

function optional(name: string, value: string): string[] {
  return value === '' ? [] : [field(name, value)];
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(9)}${value}`;
}
