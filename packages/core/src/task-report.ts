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
 *
 * Without pictures such an end is taken from a look at the task only. The shape of a callback is not documented,
 * so its pictures may stand where we do not read: it is progress, and the task is asked for.
 *
 * @param providerStatus HTTP status of the look that was answered; null for a callback
 */
export function judgeReport(report: TaskReport, providerStatus: number | null): ReportVerdict {
  if (!report.final) return { kind: 'progressed' };
  const hasImages = report.images.length > 0;
  const succeeded = report.statusName === 'succeed' || (report.statusName === null && hasImages);
  if (succeeded && hasImages) return { kind: 'succeeded', images: report.images };
  if (providerStatus === null && (succeeded || report.statusName === null)) return { kind: 'progressed' };
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
