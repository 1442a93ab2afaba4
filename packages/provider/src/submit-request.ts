/** What one submit asks for. Catwalk's own `maxJobs` is not among it: it is a limit of ours, never forwarded. */
export interface SubmitRequest {
  readonly email: string;
  readonly humanImage: string;
  readonly dressInput: string | null;
  readonly upperInput: string | null;
  readonly lowerInput: string | null;
  readonly imageCount: number;
  /** Null when the provider cannot reach us: results are found by polling then. */
  readonly replyUrl: string | null;
  readonly replyRef: string;
}

/** The body of `POST /v1/kling/images/virtual-try-on`; absent fields are left out rather than sent as null. */
export function submitBody(request: SubmitRequest): Record<string, string | number> {
  const { email, humanImage, dressInput, upperInput, lowerInput, imageCount, replyUrl, replyRef } = request;
  return {
    email,
    humanImage,
    ...(dressInput === null ? {} : { dressInput }),
    ...(upperInput === null ? {} : { upperInput }),
    ...(lowerInput === null ? {} : { lowerInput }),
    imageCount,
    ...(replyUrl === null ? {} : { replyUrl }),
    replyRef,
  };
}
