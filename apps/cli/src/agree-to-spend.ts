import { createInterface } from 'node:readline/promises';
import { CliError } from './cli-error.js';
import type { Session } from './session.js';

/**
 * Asks before money is spent.
 *
 * @returns whether the answer was yes
 * @throws CliError where nobody can be asked and nobody has agreed beforehand
 */
export async function agreeToSpend(session: Session, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const { stdin, stderr, signal, interrupt } = session.around;
  if (!stdin.isTTY || !stderr.isTTY)
    throw new CliError('this spends money and there is no terminal to ask: agree with --yes', 'not_agreed');
  const lines = createInterface({ input: stdin, output: stderr });
  lines.on('SIGINT', interrupt);
  try {
    const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), closed]);
    // The end of the input, by Ctrl-D: the cursor still stands behind the question.
    if (answer === null) stderr.write('\n');
    return answer !== null && /^\s*y(es)?\s*$/i.test(answer);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
