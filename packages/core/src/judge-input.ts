/** How closely input images are looked at: by their head alone, or also by their first bytes for their sides. */
export type InputDepth = 'head' | 'full';

/** What a look at an input image showed. */
export type InputSight =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** By the first bytes, not by what the server calls it; `none`: there were no bytes. */
      readonly format: 'jpeg' | 'png' | 'webp' | 'other' | 'none';
      /** Of the whole image, where the server told. */
      readonly bytes: number | null;
      /** In pixels, where they were asked for and stand in the first bytes. */
      readonly sides: { readonly width: number; readonly height: number } | null;
    }
  /** The address, or one that it leads on to, means a machine that is not public. */
  | { readonly kind: 'private_address' }
  | { readonly kind: 'unreachable' | 'timeout' }
  /** It could not be looked at for a reason that says nothing of it, such as a port that we do not ask. */
  | { readonly kind: 'unclear' };

/** What to make of it. `undecided`: nothing certain speaks against it, so the provider judges. */
export type InputVerdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'bad'; readonly reason: string }
  | { readonly kind: 'undecided'; readonly reason: string }
  | { readonly kind: 'again'; readonly reason: string; readonly inMs: number };

const BYTES_MAX = 10 * 1_048_576;
const SIDE_MIN = 512;
const TRIES_MAX = 3;
/** The statuses of a server that says: not now. */
const PASSING = new Set([408, 425, 429]);
/** The statuses whose body is the image, or a part of it. */
const SHOWS_IMAGE = new Set([200, 203, 206]);

/**
 * Judges a look at an input image. Only what is certain fails a job: what the provider would also find, however
 * it asks. A server that is busy, or that we cannot reach, is asked again after 1 and 4 s, and then it is left to
 * the provider: the trouble may be ours alone.
 *
 * @param tries how often it was looked at before
 */
export function judgeInput(sight: InputSight, tries: number): InputVerdict {
  switch (sight.kind) {
    case 'answered':
      return judgeAnswer(sight, tries);
    case 'private_address':
      return bad('the address leads into a private network');
    case 'unreachable':
      return again('the server cannot be reached', tries);
    case 'timeout':
      return again('the server did not answer in time', tries);
    case 'unclear':
      return { kind: 'undecided', reason: 'it cannot be looked at from here' };
  }
}

/** Whether the head alone says that all is well; a head that says anything else is not believed. */
export function headIsGood(head: {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: number | null;
}): boolean {
  const isPicture = /^image\/(jpeg|png|webp)\s*(;|$)/i.test(head.contentType);
  return head.status === 200 && isPicture && head.bytes !== null && head.bytes > 0 && head.bytes <= BYTES_MAX;
}

function judgeAnswer(sight: Extract<InputSight, { kind: 'answered' }>, tries: number): InputVerdict {
  const { status, format, bytes, sides } = sight;
  const said = `the server answers ${status}`;
  if (status === 404 || status === 410) return bad(said);
  if (status >= 500 || PASSING.has(status)) return again(said, tries);
  // 401, 403, a challenge or an image in the making (202) and the like may be said to us alone.
  if (!SHOWS_IMAGE.has(status)) return { kind: 'undecided', reason: said };
  if (format === 'none') return bad('the answer is empty');
  if (format === 'other') return bad('not a JPEG, PNG or WebP picture');
  if (bytes !== null && bytes > BYTES_MAX) return bad('larger than 10 MB');
  if (sides !== null && Math.min(sides.width, sides.height) < SIDE_MIN)
    return bad(`${sides.width} x ${sides.height} pixels, and each side needs at least ${SIDE_MIN}`);
  return { kind: 'good' };
}

function bad(reason: string): InputVerdict {
  return { kind: 'bad', reason };
}

function again(reason: string, tries: number): InputVerdict {
  if (tries + 1 >= TRIES_MAX) return { kind: 'undecided', reason };
  return { kind: 'again', reason, inMs: 1_000 * 4 ** tries };
}
