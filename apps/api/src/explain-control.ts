import type { BatchControl } from '@catwalk/infra/postgres';
import { ProblemError } from './problem-error.js';

/** What to answer where an order to a batch was not followed; null: it was, or it was so before. */
export function explainControl(control: BatchControl, done: string): ProblemError | null {
  switch (control.kind) {
    case 'done':
    case 'already':
      return null;
    case 'missing':
      return noSuchBatch();
    case 'wrong_state':
      return new ProblemError(
        'wrong_batch_state',
        `The batch is ${control.state}, and cannot be ${done} then`,
      );
  }
}

export function noSuchBatch(): ProblemError {
  return new ProblemError('batch_not_found', 'There is no batch with this id');
}
