import { createHash } from 'node:crypto';
import { isAcknowledged } from '@catwalk/core';
import { isPostgresAway } from '@catwalk/infra/postgres';
import { OverloadedError } from '@catwalk/infra/process';
import { isSignedByUs, parseCallbackBody } from '@catwalk/provider';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { WebhookContext } from './context.js';
import type { ReceivedCallback } from './record-callbacks.js';
import { unpackBody } from './unpack-body.js';

const BODY_MAX_BYTES = 1_048_576;
const RETRY_AFTER_SECONDS = '5';

/**
 * The steps of one callback: the signature is judged first, then whether there is room, then the size; only
 * then is the body read, recorded, and answered.
 */
export function receiveCallback(context: WebhookContext, unsigned: UnsignedCounter): RequestHandler[] {
  const { mode, callbackSecrets } = context.config;
  const refuseUnsigned: RequestHandler = (request, response, next) => {
    const { replyRef, signature } = request.params as { replyRef: string; signature: string };
    if (isSignedByUs(mode, replyRef, signature, callbackSecrets)) return next();
    unsigned.count();
    response.status(404).end();
  };
  const readBody = express.raw({ type: () => true, limit: BODY_MAX_BYTES });
  return [
    refuseUnsigned,
    refuseWhenFull(context),
    hidePacking,
    readBody,
    (request, response) => record(context, request, response),
  ];
}

/** What is being read counts as well: it will have to wait somewhere. A body of unknown length counts as the largest. */
function refuseWhenFull({ recorder, logger }: WebhookContext): RequestHandler {
  let reading = 0;
  return (request, response, next) => {
    if (recorder.isFull(reading)) {
      refuseBusy(response);
      const { replyRef } = request.params;
      logger.warn({ replyRef, decision: 'not-stored', because: 'full' }, 'callback.received');
      return;
    }
    const bytes = Math.min(Number(request.headers['content-length'] ?? BODY_MAX_BYTES), BODY_MAX_BYTES);
    reading += bytes;
    const stopCounting = once(() => {
      reading -= bytes;
    });
    request.once('end', stopCounting).once('close', stopCounting);
    next();
  };
}

function once(run: () => void): () => void {
  let hasRun = false;
  return () => {
    if (!hasRun) run();
    hasRun = true;
  };
}

/** Express would unpack the body, or refuse it, before it is kept as it came. */
const hidePacking: RequestHandler = (request, response, next) => {
  response.locals.coding = request.headers['content-encoding'];
  delete request.headers['content-encoding'];
  next();
};

async function record(context: WebhookContext, request: Request, response: Response): Promise<void> {
  const started = performance.now();
  const callback = await toReceived(request, response.locals.coding);
  const facts = () => ({
    replyRef: callback.replyRef,
    bytes: callback.body.byteLength,
    durationMs: Math.round(performance.now() - started),
  });
  try {
    const recorded = await context.recorder.submit(callback);
    if (recorded.kind === 'not-stored') throw recorded.error;
    response.status(isAcknowledged(recorded.decision) ? 200 : 400).end();
    const { decision, overruled } = recorded;
    context.outages.worked('postgres');
    const told = overruled === null ? {} : { overruled };
    context.logger.info({ ...facts(), decision, ...told }, 'callback.received');
  } catch (error) {
    refuseBusy(response);
    const why = tellWhy(context, error);
    context.logger.warn({ ...facts(), decision: 'not-stored', ...why }, 'callback.received');
  }
}

/** An outage is told once, by itself; an error that is none belongs to the one callback. */
function tellWhy({ outages }: WebhookContext, error: unknown): Record<string, unknown> {
  if (error instanceof OverloadedError) return { because: 'full' };
  if (!isPostgresAway(error)) return { err: error };
  outages.failed('postgres', error);
  return { because: 'postgres' };
}

async function toReceived(request: Request, coding: string | undefined): Promise<ReceivedCallback> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const plain = await unpackBody(body, coding, BODY_MAX_BYTES);
  return {
    replyRef: storable(String(request.params.replyRef)),
    body,
    headers: keptHeaders({ ...request.headers, 'content-encoding': coding }),
    contentHash: createHash('sha256').update(body).digest('hex'),
    report: plain === null ? null : parseCallbackBody(plain),
  };
}

/**
 * Whoever shares our secret may sign any text, and Postgres takes neither NUL nor text too long for its index. What
 * takes their place is in no replyRef of ours, so it stays an orphan.
 */
function storable(replyRef: string): string {
  const text = replyRef.replaceAll('\0', '\ufffd');
  return text.length > REPLY_REF_LENGTH_MAX ? `${text.slice(0, REPLY_REF_LENGTH_MAX).toWellFormed()}…` : text;
}

const REPLY_REF_LENGTH_MAX = 500;

const KEPT_HEADERS = ['content-type', 'content-encoding', 'user-agent', 'date', 'x-request-id'];

function keptHeaders(headers: Request['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') kept[name] = value.slice(0, 200);
  }
  return kept;
}

function refuseBusy(response: Response): void {
  response.status(503).set('Retry-After', RETRY_AFTER_SECONDS).end();
}

/** Counts requests without a good signature and tells of them at most once a minute: a scanner is no news. */
export interface UnsignedCounter {
  count(): void;
}

const TELL_EVERY_MS = 60_000;

export function createUnsignedCounter(context: WebhookContext): UnsignedCounter {
  let unsaid = 0;
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    count: () => {
      unsaid += 1;
      if (performance.now() - saidAt < TELL_EVERY_MS) return;
      context.logger.warn({ requests: unsaid }, 'callback.unsigned');
      saidAt = performance.now();
      unsaid = 0;
    },
  };
}

/** A path that cannot be decoded is unknown; else a body was too large, or its sender broke off. */
export function answerBodyError(
  error: unknown,
  _request: Request,
  response: Response,
  next: NextFunction,
): void {
  if (response.headersSent) next(error);
  else response.status(statusOf(error)).end();
}

function statusOf(error: unknown): number {
  if (error instanceof URIError) return 404;
  const status = (error as { status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 503;
}
