import { SingleBar } from 'cli-progress';
import type { Session } from './session.js';

/**
 * A bar on standard error, with this beside it; null without a terminal or with `--json`.
 *
 * @param beside in the words of cli-progress, such as `{value}/{total} sent`
 */
export function createBar({ around, json }: Session, beside: string): SingleBar | null {
  if (json || !around.stderr.isTTY) return null;
  return new SingleBar({
    format: `{bar} ${beside}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    stream: around.stderr,
    hideCursor: true,
    gracefulExit: false,
  });
}
