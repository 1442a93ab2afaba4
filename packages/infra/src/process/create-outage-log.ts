import type { Logger } from './create-logger.js';

/** What of ours, or around us, can be out. A loop is named when it fails by a fault of our own. */
export type OutageName = 'postgres' | 'queue' | 'provider' | 'archive' | `loop ${string}`;

/** Tells an outage once when it begins and once when it is over, however many calls fail in between. */
export interface OutageLog {
  failed(what: OutageName, error: unknown): void;
  worked(what: OutageName): void;
}

/** A success ends an outage when no failure follows it for so long: of a full disk only the writes fail. */
const QUIET_MS = 3_000;

interface Outage {
  readonly beganAt: number;
  failures: number;
  ending: NodeJS.Timeout | undefined;
}

/** One for each app: what it is given is told apart by name only. */
export function createOutageLog(logger: Logger, quietMs = QUIET_MS): OutageLog {
  const outages = new Map<OutageName, Outage>();
  return {
    failed: (what, err) => {
      const known = outages.get(what);
      if (known === undefined) {
        outages.set(what, { beganAt: performance.now(), failures: 1, ending: undefined });
        logger.error({ what, err }, 'outage.began');
        return;
      }
      known.failures += 1;
      clearTimeout(known.ending);
      known.ending = undefined;
    },
    worked: (what) => {
      const known = outages.get(what);
      if (known === undefined || known.ending !== undefined) return;
      const seconds = Math.round((performance.now() - known.beganAt) / 1_000);
      known.ending = setTimeout(() => {
        outages.delete(what);
        logger.info({ what, seconds, failures: known.failures }, 'outage.ended');
      }, quietMs).unref();
    },
  };
}
