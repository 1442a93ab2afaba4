import type { Batch } from '@catwalk/client';
import { batchLines, pausedLines } from './describe-batch.js';
import { Downloads, type FailedPicture } from './download-pictures.js';
import { firstFailures } from './first-failures.js';
import { followBatch } from './follow-batch.js';
import { KeptPictures } from './keep-pictures.js';
import type { OutFolder } from './out-folder.js';
import { plural, printable } from './print-table.js';
import { EXIT, type Session } from './session.js';
import { shellCommand } from './shell-command.js';

const RESULTS = 'results.csv';
const FAILURES = 'failures.csv';

/**
 * Brings everything of a batch into the folder, pictures as they come and the tables at its end, and says how it
 * went.
 *
 * @returns the exit code
 */
export async function collectBatch(session: Session, folder: OutFolder, id: string): Promise<number> {
  const kept = await KeptPictures.open(folder);
  const downloads = new Downloads(folder, kept, session.around.signal);
  try {
    const batch = await followBatch(session, id, kept, downloads);
    const files = await writeTables(session, folder, batch);
    await tell(session, folder, batch, downloads, files);
    return exitCodeOf(batch, downloads.failed);
  } finally {
    await kept.close();
  }
}

/** What did not become a picture: failed try-ons, and lines that could not be made one. */
function hasFailures({ counts, invalidLines }: Batch): boolean {
  return counts.failed > 0 || invalidLines.count > 0;
}

/** All of it succeeded, or something did not; pictures that could not be fetched are an error of the run. */
export function exitCodeOf(batch: Batch, failedPictures: readonly unknown[]): number {
  if (failedPictures.length > 0) return EXIT.error;
  const isFine = batch.state === 'finished' && batch.outcome === 'all_succeeded' && !hasFailures(batch);
  return isFine ? EXIT.fine : EXIT.someFailed;
}

async function writeTables({ catwalk, around }: Session, folder: OutFolder, batch: Batch): Promise<string[]> {
  const { signal } = around;
  await folder.replace(RESULTS, catwalk.batches.resultsCsv(batch.id, { signal }));
  if (hasFailures(batch)) {
    await folder.replace(FAILURES, catwalk.batches.resultsCsv(batch.id, { signal, status: 'failed' }));
    return [RESULTS, FAILURES];
  }
  // Of an earlier run, before they were retried.
  await folder.remove(FAILURES);
  return [RESULTS];
}

async function tell(
  session: Session,
  folder: OutFolder,
  batch: Batch,
  { saved, failed }: Downloads,
  files: readonly string[],
): Promise<void> {
  session.answer({ batch, out: folder.name, pictures: { saved, failed }, files });
  const shown = files.map((file) => pathIn(folder, file));
  session.say(
    ...batchLines(batch),
    ...(await firstFailures(session, batch, pathIn(folder, FAILURES))),
    `${plural(saved, 'picture')} saved to ${folder.name}, ${shown.join(', ')}`,
  );
  session.note(...pictureTrouble(failed, folder), ...howToGoOn(batch, folder, shown));
}

function pathIn({ name }: OutFolder, file: string): string {
  return `${name.replace(/\/+$/, '')}/${file}`;
}

function pictureTrouble(failed: readonly FailedPicture[], folder: OutFolder): string[] {
  if (failed.length === 0) return [];
  const shown = failed.slice(0, 5).map((one) => printable(`  ${one.tryOnId}: ${one.url} ${one.reason}`));
  const again = shellCommand('batch', 'resume', '--out', folder.name);
  return [`${plural(failed.length, 'picture')} could not be fetched; try again: ${again}`, ...shown];
}

function howToGoOn(batch: Batch, folder: OutFolder, files: readonly string[]): string[] {
  if (batch.state === 'paused') {
    const goOn = shellCommand('batch', 'resume', '--out', folder.name);
    const end = shellCommand('batch', 'cancel', batch.id);
    return [...pausedLines(batch), `go on: ${goOn}`, `or end it: ${end}`];
  }
  const failures = files.find((file) => file.endsWith(FAILURES));
  if (failures === undefined) return [];
  const corrected = shellCommand('batch', 'run', failures, '--out', 'corrected/');
  const correct = `correct it in ${failures} and send that: ${corrected}`;
  // Lines that were no try-ons cannot be retried, nor can a canceled batch.
  if (batch.counts.failed === 0 || batch.state !== 'finished') return [correct];
  const retry = shellCommand('batch', 'retry-failed', batch.id);
  const fetch = shellCommand('batch', 'resume', '--out', folder.name);
  return [`send only what failed again, as it is: ${retry} && ${fetch}`, `or ${correct}`];
}
