import type { ServerResponse } from 'node:http';

/** Aborts when the client goes away. */
export function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}
