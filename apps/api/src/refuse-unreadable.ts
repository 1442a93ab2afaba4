import { UnreadableInput } from './batch-input/unreadable-input.js';
import { ProblemError } from './problem-error.js';

/** Says of an input that cannot be read on at which line that was; every other error is thrown as it is. */
export function refuseUnreadable(error: unknown): never {
  if (!(error instanceof UnreadableInput)) throw error;
  const { code, line, issues } = error;
  if (line === null) throw new ProblemError(code, error.message, { errors: issues });
  throw new ProblemError(code, `Line ${line}: ${error.message}`, {
    errors: issues.map(({ path, message }) => ({
      path: `line ${line}`,
      message: path === '' ? message : `${path} ${message}`,
    })),
  });
}
