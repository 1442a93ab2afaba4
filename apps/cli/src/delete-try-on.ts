import { tryOnLines } from './describe-try-on.js';
import { EXIT, type Session } from './session.js';

/** Removes everything of a try-on but its bill. @returns the exit code */
export async function deleteTryOn(session: Session, _: unknown, id = ''): Promise<number> {
  const tryOn = await session.catwalk.tryOns.delete(id, { signal: session.around.signal });
  session.answer(tryOn);
  session.say(...tryOnLines(tryOn));
  return EXIT.fine;
}
