import type { Logger } from '@catwalk/infra/process';

/** Tells an outage once when it begins and once when it is over, however many calls fail in between. */
export interface OutageLog {
  failed(what: string, error: unknown): void;
  worked(what: string): void;
}

export function createOutageLog(logger: Logger): OutageLog {
  const since = new Map<string, { at: number; failures: number }>();
  return {
    failed: (what, err) => {
      const known = since.get(what);
      if (known !== undefined) {
        known.failures += 1;
        return;
      }
      since.set(what, { at: performance.now(), failures: 1 });
      logger.error({ what, err }, 'outage.began');
    },
    worked: (what) => {
      const known = since.get(what);
      if (known === undefined) return;
      since.delete(what);
      const seconds = Math.round((performance.now() - known.at) / 1_000);
      logger.info({ what, seconds, failures: known.failures }, 'outage.ended');
    },
  };
}
