import { agreeToSpend } from './agree-to-spend.js';
import { counted } from './describe-batch.js';
import { plural } from './print-table.js';
import { EXIT, type Session } from './session.js';

/** Submits again what failed in a batch, once somebody has agreed. @returns the exit code */
export async function retryFailed(session: Session, id: string, yes: boolean): Promise<number> {
  const { signal } = session.around;
  const { counts, failures } = await session.catwalk.batches.get(id, { signal });
  if (counts.failed > 0) {
    session.note(`failed: ${counted(failures)}`);
    if (!(await agreeToSpend(session, `Submit up to ${plural(counts.failed, 'try-on')} again?`, yes))) {
      session.note('nothing was submitted');
      return EXIT.error;
    }
  }
  const answer = await session.catwalk.batches.retryFailed(id, { signal });
  const leftOut = counted(answer.leftOut);
  session.answer(answer);
  session.say(`${answer.retried} retried${leftOut === '' ? '' : `, left out: ${leftOut}`}`);
  return EXIT.fine;
}
