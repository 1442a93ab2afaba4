import { type Issue, NO_GARMENT, type ProblemCode } from '@catwalk/contract';

/** A refusal on its way to the client: a code of the contract's table, and what is safe to say. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: readonly Issue[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { readonly errors?: readonly Issue[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }
}

/** `invalid_request`, naming each field. The provider's own sentence stands alone where it applies. */
export function invalidRequest(errors: readonly Issue[]): ProblemError {
  const sentences = errors.map((issue) =>
    issue.path === '' ? issue.message : `${issue.path} ${issue.message}`,
  );
  const garment = errors.some((issue) => issue.message === NO_GARMENT);
  return new ProblemError('invalid_request', garment ? NO_GARMENT : sentences.join('; '), { errors });
}

/** `unavailable`: the same request may be repeated soon. */
export function unavailable(detail: string): ProblemError {
  return new ProblemError('unavailable', detail, { headers: { 'Retry-After': '1' } });
}
