import type { Response } from 'express';
import { stringifyWire } from './stringify-wire.js';

/** Answers in the provider's JSON; a client that has gone is not an error. */
export function answer(response: Response, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = stringifyWire(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
