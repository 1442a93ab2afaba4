import { type Account, accountListSchema, accountSchema } from '@catwalk/contract';
import { pathOf } from './address.js';
import type { CallOptions, Sender } from './request.js';
import { jsonBody } from './request-body.js';

export interface PauseOptions extends CallOptions {
  /** Shown wherever something waits because of it. */
  readonly reason?: string | undefined;
}

/** `/v1/accounts`, for admin keys. */
export interface Accounts {
  list(options?: CallOptions): Promise<Account[]>;
  /** Nothing is submitted on it until a person resumes it; what runs goes on. */
  pause(email: string, options?: PauseOptions): Promise<Account>;
  resume(email: string, options?: CallOptions): Promise<Account>;
}

export function createAccounts(sender: Sender): Accounts {
  return {
    list: async (options = {}) => {
      const asked = { ...options, method: 'GET', path: '/v1/accounts' } as const;
      return (await sender.send(asked, accountListSchema)).data;
    },
    pause: async (email, { reason, ...options } = {}) => {
      const path = pathOf`/v1/accounts/${email}/pause`;
      return sender.send({ ...options, method: 'POST', path, body: jsonBody({ reason }) }, accountSchema);
    },
    resume: async (email, options = {}) => {
      const path = pathOf`/v1/accounts/${email}/resume`;
      return sender.send({ ...options, method: 'POST', path, body: jsonBody({}) }, accountSchema);
    },
  };
}
