import type { Failure } from './failure.js';

/** One result picture as the provider reported it. */
export interface ResultImage {
  readonly url: string;
  readonly width: number | null;
  readonly height: number | null;
}

/**
 * What the provider said about one task, in a submit's answer, a poll or a callback, reduced to what we use.
 * Ids are text: real ones pass 2^53. `statusName` is the provider's word; the numeric status is never used.
 */
export interface TaskReport {
  readonly taskId: string | null;
  /** Every `replyRef` found in the body, wherever it stood. */
  readonly replyRefs: readonly string[];
  readonly statusName: string | null;
  readonly final: boolean;
  readonly images: readonly ResultImage[];
  readonly message: string | null;
  /** The text of a failed task is on the moderation list. */
  readonly moderated: boolean;
}

export type ReportVerdict =
  | { readonly kind: 'progressed' }
  | { readonly kind: 'succeeded'; readonly images: readonly ResultImage[] }
  | { readonly kind: 'failed'; readonly failure: Failure };

/**
 * What a report means for its attempt. Only `status_final` ends a task: a `succeed` without it is progress.
 * A final report without a status name counts as a success when it carries pictures, since they were paid for.
 */
export function judgeReport(report: TaskReport, providerStatus: number | null): ReportVerdict {
  if (!report.final) return { kind: 'progressed' };
  const succeeded =
    report.statusName === 'succeed' || (report.statusName === null && report.images.length > 0);
  if (succeeded && report.images.length > 0) return { kind: 'succeeded', images: report.images };
  return { kind: 'failed', failure: failureOf(report, succeeded, providerStatus) };
}

function failureOf(report: TaskReport, succeeded: boolean, providerStatus: number | null): Failure {
  const said = { providerStatus, providerMessage: report.message };
  if (succeeded)
    return { code: 'no_images', message: 'The provider finished the task without any image', ...said };
  if (report.moderated)
    return {
      code: 'content_rejected',
      message: 'The provider rejected the content of the images',
      ...said,
    };
  return { code: 'generation_failed', message: 'The provider could not make the images', ...said };
}
