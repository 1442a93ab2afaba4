import type { NewTryOn, TryOn } from '@catwalk/client';
import { tryOnLines } from './describe-try-on.js';
import { Downloads } from './download-pictures.js';
import { KeptPictures } from './keep-pictures.js';
import { OutFolder } from './out-folder.js';
import { plural, printable } from './print-table.js';
import { EXIT, type Session } from './session.js';

export interface SubmitOptions {
  readonly wait: boolean;
  /** Implies the wait. */
  readonly out: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Submits one try-on and, if asked, waits for it and saves its pictures. @returns the exit code */
export async function submitTryOn(
  session: Session,
  fields: NewTryOn,
  { wait, out, idempotencyKey }: SubmitOptions,
): Promise<number> {
  const { signal, cwd } = session.around;
  const folder = out === undefined ? null : await OutFolder.open(out, cwd);
  try {
    const made = await session.catwalk.tryOns.create(fields, { idempotencyKey, signal });
    if (!wait && folder === null) return tell(session, made);
    session.note(`${made.id} is submitted; Ctrl-C ends only the wait`);
    const ended = await session.catwalk.tryOns.waitUntilFinal(made.id, { signal });
    const failed = folder === null ? 0 : await savePictures(session, folder, ended);
    tell(session, ended);
    return failed > 0 ? EXIT.error : ended.status === 'succeeded' ? EXIT.fine : EXIT.someFailed;
  } finally {
    await folder?.close();
  }
}

function tell(session: Session, tryOn: TryOn): number {
  session.answer(tryOn);
  session.say(...tryOnLines(tryOn));
  return EXIT.fine;
}

/** @returns how many could not be had */
async function savePictures(session: Session, folder: OutFolder, tryOn: TryOn): Promise<number> {
  const kept = await KeptPictures.open(folder);
  try {
    const downloads = new Downloads(folder, kept, session.around.signal);
    for (const picture of await kept.missingOf(tryOn)) await downloads.add(picture);
    await downloads.drain();
    session.note(`${plural(downloads.saved, 'picture')} saved to ${folder.name}`);
    session.note(...downloads.failed.map(({ url, reason }) => printable(`${url} ${reason}`)));
    return downloads.failed.length;
  } finally {
    await kept.close();
  }
}
