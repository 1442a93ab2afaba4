import type { Issue } from '@catwalk/contract';
import { UnreadableInput } from './batch-input/read-batch.js';
import { ProblemError } from './problem-error.js';

/** Says of an input that cannot be read on at which line that was; every other error is thrown as it is. */
export function refuseUnreadable(error: unknown): never {
  if (!(error instanceof UnreadableInput)) throw error;
  const { code, line, issues } = error;
  const place = line === null ? '' : `line ${line}`;
  const detail = issues.map((issue) => sentenceOf(issue, line)).join('; ');
  const errors = issues.map(({ path, message }) => ({
    path: place === '' ? path : place,
    message: place === '' || path === '' ? message : `${path} ${message}`,
  }));
  throw new ProblemError(code, detail, { errors });
}

function sentenceOf({ path, message }: Issue, line: number | null): string {
  const whole = line === null ? 'The body' : `Line ${line}`;
  if (path === '') return `${whole} ${message}`;
  return line === null ? `${path} ${message}` : `${whole}: ${path} ${message}`;
}
