import { WAIT_SECONDS_MAX } from '@catwalk/contract';
import { invalidRequest } from './problem-error.js';

/**
 * The seconds of `Prefer: wait=30`; null without it. Other preferences are not ours to judge, but a wait out
 * of range would silently become something the client did not ask for.
 */
export function readWaitPreference(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  for (const preference of String(header).split(',')) {
    const [, value] = /^\s*wait\s*=\s*"?([^";\s]*)"?\s*(?:;.*)?$/i.exec(preference) ?? [];
    if (value === undefined) continue;
    const seconds = /^\d{1,4}$/.test(value) ? Number(value) : 0;
    if (seconds >= 1 && seconds <= WAIT_SECONDS_MAX) return seconds;
    throw invalidRequest([{ path: 'Prefer', message: `must wait 1 to ${WAIT_SECONDS_MAX} seconds` }]);
  }
  return null;
}
