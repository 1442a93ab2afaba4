import type { IncomingMessage, Server } from 'node:http';

const CUT_OFF = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/** The bound of a request, by which it can be lifted. */
const bounds = new WeakMap<IncomingMessage, { lift(): void; restore(): void }>();

/** Cuts off requests whose body has not ended in time, counted from the end of their headers. */
export function boundRequests(server: Server, timeoutMs: number): void {
  // Before the app, which may answer at once.
  server.prependListener('request', (request, response) => {
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined)
      return;
    let timer: NodeJS.Timeout | undefined;
    const lift = () => clearTimeout(timer);
    const cut = () => {
      if (request.complete) return;
      if (!response.headersSent && request.socket.writable) request.socket.write(CUT_OFF);
      request.socket.destroySoon();
    };
    const restore = () => {
      lift();
      if (!request.complete && !request.destroyed) timer = setTimeout(cut, timeoutMs);
    };
    bounds.set(request, { lift, restore });
    request.once('end', lift).once('close', lift);
    restore();
  });
}

/**
 * Lets a body take as long as it needs; who lifts the bound has one of its own.
 *
 * @returns puts the bound back, for what is still to come of a body that nobody reads on
 */
export function liftRequestBound(request: IncomingMessage): () => void {
  const bound = bounds.get(request);
  bound?.lift();
  return () => bound?.restore();
}
