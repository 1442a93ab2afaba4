import type { Request, RequestHandler, Response } from 'express';
import { acceptTryOn } from '../accept-try-on.js';
import type { Account } from '../accounts.js';
import { answer } from '../answer.js';
import type { SimulatorContext } from '../context.js';
import { badGateway, decideSubmit, hasFreeSlot, type SubmitDecision, tooManyJobs } from '../decide-submit.js';
import { parseTryOnRequest, type TryOnRequest } from '../parse-try-on-request.js';
import { presentOptionsOf, presentTask, presentTaskFlat } from '../present-task.js';
import { readFields } from '../read-fields.js';
import { endTask } from '../run-task.js';
import type { Task } from '../task.js';

/** How long an early callback may hold back the answer it overtakes. */
const earlyCallbackMsMax = 5_000;

/** `POST /v1/kling/images/virtual-try-on` */
export function submitTryOn(context: SimulatorContext): RequestHandler {
  return async (incoming, response) => {
    const parsed = await parseSubmit(context, incoming);
    if ('error' in parsed) {
      context.log.info(
        { outcome: 'invalid', status: parsed.status, message: parsed.error },
        'submit.decided',
      );
      answer(response, parsed.status, { error: parsed.error });
      return;
    }
    const { account, request } = parsed;
    await carryOut(context, account, request, response, decideSubmit(context, account, request));
  };
}

type ParsedSubmit = { account: Account; request: TryOnRequest } | { status: number; error: string };

async function parseSubmit(context: SimulatorContext, incoming: Request): Promise<ParsedSubmit> {
  const read = await readFields(incoming);
  if ('error' in read) return read;
  const parsed = parseTryOnRequest(read.fields);
  if ('error' in parsed) return { status: 400, error: parsed.error };
  const choice = context.accounts.choose(parsed.request.email);
  return 'error' in choice ? choice : { account: choice.account, request: parsed.request };
}

async function carryOut(
  context: SimulatorContext,
  account: Account,
  request: TryOnRequest,
  response: Response,
  decision: SubmitDecision,
): Promise<void> {
  switch (decision.kind) {
    case 'refused':
      return refuse(context, response, request, decision);
    case 'lost':
      log(context, request, { outcome: 'lost' });
      response.destroy();
      return;
    case 'accepted-late':
      return acceptLate(context, account, request, response, decision.delayMs);
    case 'accepted':
      return accept(context, account, request, response, decision.answer);
  }
}

function refuse(
  context: SimulatorContext,
  response: Response,
  request: TryOnRequest | null,
  decision: SubmitDecision & { kind: 'refused' },
): void {
  log(context, request, { outcome: 'refused', status: decision.status });
  if (response.destroyed) return;
  if (decision.retryAfterSeconds !== undefined) {
    response.setHeader('retry-after', String(decision.retryAfterSeconds));
  }
  if (decision.contentType === undefined) {
    answer(response, decision.status, decision.body);
  } else {
    response.writeHead(decision.status, { 'content-type': decision.contentType });
    response.end(String(decision.body));
  }
}

/** The client may have given up long ago: the provider does not notice, and bills all the same. */
async function acceptLate(
  context: SimulatorContext,
  account: Account,
  request: TryOnRequest,
  response: Response,
  delayMs: number,
): Promise<void> {
  await context.schedule.wait(delayMs);
  if (hasFreeSlot(account, request)) return accept(context, account, request, response, 'sent');
  account.rejectedAtLimit += 1;
  const refusal = tooManyJobs(context);
  if (refusal.kind === 'refused') refuse(context, response, request, refusal);
}

async function accept(
  context: SimulatorContext,
  account: Account,
  request: TryOnRequest,
  response: Response,
  answering: 'sent' | 'lost' | 'server-error',
): Promise<void> {
  const task = acceptTryOn(context, account, request);
  log(context, request, { outcome: 'accepted', taskId: task.id, answer: answering });
  // Shown as it stood at acceptance, whatever has happened by the time it is sent.
  const body = presentAnswer(context, task);
  if (task.plan.callback.early) {
    await Promise.race([endTask(context, task), context.schedule.wait(earlyCallbackMsMax)]);
  }
  const { answerDelayMs } = context.dials.current();
  if (answerDelayMs > 0) await context.schedule.wait(answerDelayMs);
  if (answering === 'lost') response.destroy();
  else if (answering === 'server-error') refuse(context, response, null, badGateway);
  else answer(response, 200, body);
}

function presentAnswer(context: SimulatorContext, task: Task): Record<string, unknown> {
  if (context.dials.current().answerShape === 'flat') return presentTaskFlat(task);
  return presentTask(task, presentOptionsOf(context));
}

function log(context: SimulatorContext, request: TryOnRequest | null, outcome: object): void {
  if (request === null) return;
  context.log.info({ account: request.email, replyRef: request.replyRef, ...outcome }, 'submit.decided');
}
