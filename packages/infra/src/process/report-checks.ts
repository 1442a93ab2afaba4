import type { Logger } from './create-logger.js';

/** What one start-up check found. The message of a warning or a refusal says what to change. */
export interface CheckResult {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly severity: 'ok' | 'warn' | 'refuse';
  readonly code: string;
  readonly message: string;
}

/** Something around us is set up so that our promises cannot be kept: told in one sentence each. */
export class StartRefusedError extends Error {
  override name = 'StartRefusedError';
}

/**
 * Writes a line per finding.
 *
 * @throws StartRefusedError with every sentence of what has to change first
 */
export function reportChecks(logger: Logger, results: readonly CheckResult[]): void {
  for (const { check, code, severity, message } of results) {
    if (severity === 'warn') logger.warn({ check, code, detail: message }, 'start-check.warned');
    if (severity === 'refuse') logger.error({ check, code, detail: message }, 'start-check.refused');
    if (severity === 'ok') logger.debug({ check, code, detail: message }, 'start-check.passed');
  }
  const refused = results.filter((result) => result.severity === 'refuse');
  if (refused.length > 0) throw new StartRefusedError(refused.map((result) => result.message).join('\n'));
}
