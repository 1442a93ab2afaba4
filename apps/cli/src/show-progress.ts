import type { Batch } from '@catwalk/client';
import { createBar } from './create-bar.js';
import { counted, endedOf } from './describe-batch.js';
import { createPace } from './measure-pace.js';
import { duration } from './print-table.js';
import type { Session } from './session.js';

export interface Progress {
  update(batch: Batch, pictures: number): void;
  stop(): void;
}

/** A bar on standard error while a batch runs; nothing without a terminal or with `--json`. */
export function showProgress(session: Session): Progress {
  const bar = createBar(session, '{value}/{total} {facts}');
  if (bar === null) return { update: () => undefined, stop: () => undefined };
  const pace = createPace();
  let started = false;
  return {
    update: (batch, pictures) => {
      const perSecond = pace.look(endedOf(batch), Date.now());
      const facts = progressFacts(batch, pictures, perSecond, Date.now());
      if (!started) bar.start(batch.total, endedOf(batch), { facts });
      else bar.update(endedOf(batch), { facts });
      started = true;
    },
    stop: () => bar.stop(),
  };
}

/** What stands beside the bar. */
export function progressFacts(
  batch: Batch,
  pictures: number,
  perSecond: number | null,
  nowMs: number,
): string {
  const failures = counted(batch.failures);
  const left = secondsLeft(batch, perSecond, nowMs);
  return [
    `${batch.counts.succeeded} ok, ${batch.counts.failed} failed${failures === '' ? '' : ` (${failures})`}`,
    `${pictures} pictures`,
    ...(perSecond === null ? [] : [paceOf(perSecond)]),
    ...(left === null ? [] : [`${duration(left)} left`]),
    ...(batch.state === 'running' ? [] : [batch.state]),
  ].join(' | ');
}

function paceOf(perSecond: number): string {
  return perSecond >= 1 ? `${perSecond.toFixed(1)}/s` : `${(perSecond * 60).toFixed(1)}/min`;
}

/** By Catwalk's own estimate, else by the pace that was seen. */
function secondsLeft(batch: Batch, perSecond: number | null, nowMs: number): number | null {
  const open = batch.total - endedOf(batch);
  if (open === 0) return null;
  if (batch.estimatedEndAt !== null) return Math.max(1, (Date.parse(batch.estimatedEndAt) - nowMs) / 1_000);
  return perSecond === null ? null : open / perSecond;
}
