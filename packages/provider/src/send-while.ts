import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** The request was held back before its first byte was written. */
export class HeldBackError extends Error {
  override name = 'HeldBackError';
}

interface Departure {
  readonly mayLeave: () => boolean;
  heldBack: boolean;
}

const departures = new AsyncLocalStorage<Departure>();
const ofRequest = new WeakMap<object, Departure>();
let isWatching = false;

/**
 * Sends a request by Node's own fetch, and asks `mayLeave` in the moment before its first byte is written: between
 * the call and that moment lie the look-up of a name, a connection and a handshake, in which a machine may stand
 * still. The moment is told by the diagnostics channels of undici, which Node's fetch is; a fetch that is another
 * is not held back.
 *
 * @throws HeldBackError when it did not leave
 */
export async function sendWhile<T>(mayLeave: () => boolean, send: () => Promise<T>): Promise<T> {
  watchDepartures();
  const departure: Departure = { mayLeave, heldBack: false };
  try {
    return await departures.run(departure, send);
  } catch (error) {
    throw departure.heldBack ? new HeldBackError('the request was held back', { cause: error }) : error;
  }
}

function watchDepartures(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe('undici:request:create', (message) => {
    const departure = departures.getStore();
    if (departure !== undefined) ofRequest.set((message as { request: object }).request, departure);
  });
  subscribe('undici:client:sendHeaders', (message) => {
    const { request, socket } = message as { request: object; socket: Socket };
    const departure = ofRequest.get(request);
    if (departure === undefined || departure.mayLeave()) return;
    departure.heldBack = true;
    socket.destroy(new HeldBackError('the request was held back'));
  });
}
