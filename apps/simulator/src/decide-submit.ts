import type { Account, AccountErrorState } from './accounts.js';
import { countUp, drawKey, inputKey } from './bill.js';
import type { SimulatorContext } from './context.js';
import type { TryOnRequest } from './parse-try-on-request.js';

/** What becomes of a valid submit. */
export type SubmitDecision =
  | { kind: 'refused'; status: number; body: unknown; retryAfterSeconds?: number; contentType?: string }
  /** The socket is cut, and nothing was accepted. */
  | { kind: 'lost' }
  | { kind: 'accepted-late'; delayMs: number }
  | { kind: 'accepted'; answer: 'sent' | 'lost' | 'server-error' };

/** Slots first: a full account answers 429 whatever the dials say, and uses up no draw. */
export function decideSubmit(
  context: SimulatorContext,
  account: Account,
  request: TryOnRequest,
): SubmitDecision {
  if (account.errorState !== null) return accountError(account.email, account.errorState);
  if (!hasFreeSlot(account, request)) {
    account.rejectedAtLimit += 1;
    return tooManyJobs(context);
  }
  return decideByDials(context, request);
}

export function hasFreeSlot(account: Account, request: TryOnRequest): boolean {
  return account.running < (request.maxJobs ?? account.maxJobs);
}

export function tooManyJobs(context: SimulatorContext): SubmitDecision {
  context.ledger.rejected429 += 1;
  const { retryAfterSeconds } = context.dials.current();
  return {
    kind: 'refused',
    status: 429,
    body: { error: 'All configured accounts are running at maximum capacity', code: 429 },
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  };
}

function decideByDials(context: SimulatorContext, request: TryOnRequest): SubmitDecision {
  const dials = context.dials.current();
  const key = drawKey(request, context.origin(), countUp(context.ledger.arrivals, inputKey(request)));
  const happens = (purpose: string, rate: number): boolean => rate > 0 && context.draw(purpose, key) < rate;
  if (happens('submit.lost', dials.lostRequestRate)) return { kind: 'lost' };
  if (happens('submit.429', dials.rateLimitRate)) return tooManyJobs(context);
  if (happens('submit.5xx', dials.serverErrorRate)) return serverError(context.draw('submit.5xx.kind', key));
  if (happens('submit.moderation', dials.moderationRate)) return moderated;
  if (happens('submit.late', dials.lateAcceptRate)) {
    return { kind: 'accepted-late', delayMs: dials.lateAcceptMs };
  }
  if (happens('answer.lost', dials.lostAnswerRate)) return { kind: 'accepted', answer: 'lost' };
  if (happens('answer.502', dials.serverErrorAfterAcceptRate)) {
    return { kind: 'accepted', answer: 'server-error' };
  }
  return { kind: 'accepted', answer: 'sent' };
}

const moderated: SubmitDecision = {
  kind: 'refused',
  status: 500,
  body: { error: 'The input image was rejected by content moderation: it may contain sensitive content' },
};

export const badGateway: SubmitDecision & { kind: 'refused' } = {
  kind: 'refused',
  status: 502,
  body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
  contentType: 'text/html',
};

function serverError(drawn: number): SubmitDecision {
  if (drawn < 0.4) return { kind: 'refused', status: 500, body: { error: 'Internal Server Error' } };
  if (drawn < 0.7) return badGateway;
  return { kind: 'refused', status: 503, body: { error: 'Service Unavailable' } };
}

function accountError(email: string, state: AccountErrorState): SubmitDecision {
  const texts: Record<AccountErrorState, string> = {
    402: 'Subscription required',
    412: 'Not enough credits: requested 3, available 0',
    596: `Account ${email} in error state: session expired, please log in again`,
  };
  return { kind: 'refused', status: state, body: { error: texts[state], code: state } };
}
