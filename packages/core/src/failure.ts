/** Why a job failed, as clients see it (`error.code` of the resource). */
export const ERROR_CODES = [
  'invalid_input',
  'content_rejected',
  'generation_failed',
  'no_images',
  'expired',
  'account_removed',
  'deadline_exceeded',
  'submission_unconfirmed',
  'attempts_exhausted',
  'provider_refused',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** A failure with the provider's own words, kept on the attempt and shown on the job. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** HTTP status of the answer that decided; null when a callback or a clock did. */
  readonly providerStatus: number | null;
  readonly providerMessage: string | null;
}

/** Codes after which the very same request may still succeed when it is retried. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'generation_failed',
  'no_images',
  'deadline_exceeded',
  'submission_unconfirmed',
  'attempts_exhausted',
]);

/** Whether retrying the unchanged job can make sense. */
export function isRetryable(code: ErrorCode): boolean {
  return RETRYABLE.has(code);
}

/** A failure that no provider answer decided. */
export function ownFailure(code: ErrorCode, message: string): Failure {
  return { code, message, providerStatus: null, providerMessage: null };
}
