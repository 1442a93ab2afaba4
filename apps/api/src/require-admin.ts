import type { Response } from 'express';
import type { Caller } from './authenticate.js';
import { ProblemError } from './problem-error.js';
import { callerOf } from './request-state.js';

/** Who is asking, for addresses that are for admins alone. To be called before anything of the request is read. */
export function requireAdmin(response: Response): Caller {
  const caller = callerOf(response);
  if (caller.admin) return caller;
  throw new ProblemError('forbidden', 'This is for admin keys');
}
