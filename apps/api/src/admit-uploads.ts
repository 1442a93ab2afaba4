import type { Caller } from './authenticate.js';
import type { UploadBody } from './open-upload.js';
import { ProblemError, unavailable } from './problem-error.js';

/** What is asked of an upload before it is read. */
export interface OfferedUpload {
  readonly caller: Caller;
  readonly body: UploadBody;
}

export interface UploadGate {
  /**
   * Lets an upload be read, and resolves with what comes of it.
   *
   * @throws ProblemError while too many are read, and when the API is stopped
   */
  admit<Result>(offer: OfferedUpload, read: () => Promise<Result>): Promise<Result>;
  /** Breaks off all uploads, admits no more, and resolves when all are over. */
  stop(): Promise<void>;
}

/** More at once would take memory and connections from everybody else. */
const UPLOADS_MAX = 8;
const UPLOADS_OF_CLIENT_MAX = 3;

export function createUploadGate(): UploadGate {
  const uploads = new Map<OfferedUpload, Promise<unknown>>();
  let stopping = false;
  const requireRoom = ({ client }: Caller): void => {
    if (stopping) throw stopped();
    const own = [...uploads.keys()].filter(({ caller }) => caller.client === client).length;
    if (own >= UPLOADS_OF_CLIENT_MAX) throw tooMany(`${UPLOADS_OF_CLIENT_MAX} uploads of this client`);
    if (uploads.size >= UPLOADS_MAX) throw tooMany(`${UPLOADS_MAX} uploads`);
  };
  return {
    async admit(offer, read) {
      requireRoom(offer.caller);
      const reading = read();
      uploads.set(offer, reading);
      return reading.finally(() => uploads.delete(offer));
    },
    async stop() {
      stopping = true;
      for (const { body } of uploads.keys()) body.breakOff(stopped());
      await Promise.allSettled(uploads.values());
    },
  };
}

function stopped(): ProblemError {
  return unavailable('Catwalk is being stopped');
}

function tooMany(what: string): ProblemError {
  const headers = { 'Retry-After': '5' };
  return new ProblemError('too_many_requests', `${what} are running`, { headers });
}
