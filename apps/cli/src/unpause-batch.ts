import { agreeToSpend } from './agree-to-spend.js';
import { batchLines } from './describe-batch.js';
import { resumeQuestion } from './resume-batch.js';
import { EXIT, type Session } from './session.js';

/** Lets a paused batch go on, once somebody has agreed. @returns the exit code */
export async function unpauseBatch(session: Session, id: string, yes: boolean): Promise<number> {
  const { signal } = session.around;
  const paused = await session.catwalk.batches.get(id, { signal });
  if (paused.state === 'paused') {
    session.note(...batchLines(paused));
    if (!(await agreeToSpend(session, resumeQuestion(paused), yes))) {
      session.note('it stays paused');
      return EXIT.error;
    }
  }
  const batch = await session.catwalk.batches.resume(id, { signal });
  session.answer(batch);
  session.say(...batchLines(batch));
  return EXIT.fine;
}
