import type { Batch, BatchResult } from '@catwalk/client';
import { tableLines } from './print-table.js';
import type { Session } from './session.js';
import { takeFirst } from './take-first.js';

/** So many failures are named; the file of failures has them all. */
const SHOWN = 5;
/** Characters of a reason: about what is read at a glance. */
const REASON_MAX = 200;

/**
 * The first failures of a batch with their reasons, a line each, for people; nothing with `--json`.
 *
 * @param all where all of them are
 */
export async function firstFailures(session: Session, batch: Batch, all: string): Promise<string[]> {
  if (session.json || batch.counts.failed === 0) return [];
  const { signal } = session.around;
  const failed = session.catwalk.batches.results(batch.id, { status: 'failed', signal });
  const first = await takeFirst(failed, SHOWN);
  const more = batch.counts.failed - first.length;
  return [
    ...tableLines(first.map((one) => [nameOf(one), reasonOf(one)])),
    ...(more > 0 ? [`… and ${more.toLocaleString('en-US')} more in ${all}`] : []),
  ];
}

function nameOf({ customId, id }: BatchResult): string {
  return customId ?? id;
}

/** As in the file of failures. */
function reasonOf({ error }: BatchResult): string {
  if (error === null) return 'failed';
  const { code, message, providerMessage } = error;
  const reason = `${code}: ${message}${providerMessage === null ? '' : `: ${providerMessage}`}`;
  return reason.length > REASON_MAX ? `${reason.slice(0, REASON_MAX - 1)}…` : reason;
}
