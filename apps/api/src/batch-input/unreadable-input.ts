import type { Issue } from '@catwalk/contract';

/** Thrown when an input as a whole cannot be read on: the same bytes can never make a batch. */
export class UnreadableInput extends Error {
  override name = 'UnreadableInput';
  readonly code: 'malformed_json' | 'invalid_request';
  /** The record at which it ended, numbered as records are; null where no single one is at fault. */
  readonly line: number | null;
  readonly issues: readonly Issue[];

  constructor(
    issues: readonly Issue[],
    more: { readonly code?: UnreadableInput['code']; readonly line?: number } = {},
  ) {
    super(issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; '));
    this.code = more.code ?? 'invalid_request';
    this.line = more.line ?? null;
    this.issues = issues;
  }
}
