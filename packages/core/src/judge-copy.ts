/** What asking for an input image came to, before anybody looked at its bytes. */
export type CopySight =
  | { readonly kind: 'answered'; readonly status: number }
  /** The address, or one that it leads on to, means a machine that is not public. */
  | { readonly kind: 'private_address' }
  | { readonly kind: 'too_large' | 'unreachable' | 'timeout' | 'unclear' }
  /** It was fetched, and could not be kept now. */
  | { readonly kind: 'not_kept'; readonly reason: string };

/** `take`: the bytes are the picture, if they are one. `bad`: it will never be there. */
export type CopyVerdict =
  | { readonly kind: 'take' }
  | { readonly kind: 'bad'; readonly reason: string }
  | { readonly kind: 'again'; readonly reason: string; readonly inMs: number };

/** How often it was asked for before, and how long ago that began. */
export interface CopyTries {
  readonly tries: number;
  readonly triedMs: number;
  readonly patienceMs: number;
}

/** Ten minutes: a server that restarts fails nothing. */
export const COPY_PATIENCE_MS = 600_000;
const REST_FIRST_MS = 1_000;
const REST_MAX_MS = 30_000;

/**
 * Judges an attempt to copy an input. A look at an input leaves what is doubtful to the provider; a copy cannot, since
 * without its bytes there is nothing to submit: what is certain fails at once, all else is tried again for a while.
 */
export function judgeCopy(sight: CopySight, tries: CopyTries): CopyVerdict {
  switch (sight.kind) {
    case 'answered':
      return judgeStatus(sight.status, tries);
    case 'private_address':
      return { kind: 'bad', reason: 'the address leads into a private network' };
    case 'too_large':
      return { kind: 'bad', reason: 'the picture is larger than 10 MB' };
    case 'unreachable':
      return again('the server cannot be reached', tries);
    case 'timeout':
      return again('the server did not answer in time', tries);
    case 'unclear':
      return again('the address cannot be asked from here', tries);
    case 'not_kept':
      // The picture was there: that nobody can keep it now is no fault of the job, and an outage fails nothing.
      return { kind: 'again', reason: sight.reason, inMs: restOf(tries) };
  }
}

function judgeStatus(status: number, tries: CopyTries): CopyVerdict {
  if (status === 200 || status === 203) return { kind: 'take' };
  const reason = `the server answers ${status}`;
  return status === 404 || status === 410 ? { kind: 'bad', reason } : again(reason, tries);
}

function again(reason: string, { tries, triedMs, patienceMs }: CopyTries): CopyVerdict {
  const inMs = restOf({ tries });
  if (triedMs + inMs <= patienceMs) return { kind: 'again', reason, inMs };
  const minutes = Math.round(patienceMs / 60_000);
  return { kind: 'bad', reason: minutes < 1 ? reason : `${reason}, for ${minutes} minutes` };
}

function restOf({ tries }: Pick<CopyTries, 'tries'>): number {
  return Math.min(REST_MAX_MS, REST_FIRST_MS * 2 ** Math.min(tries, 10));
}
