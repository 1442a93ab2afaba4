import { buffer } from 'node:stream/consumers';
import { shrinkPicture } from '@catwalk/infra/pictures';
import {
  noteRemovals,
  noteThumbnail,
  type PictureRow,
  pictureKey,
  thumbnailKey,
} from '@catwalk/infra/postgres';
import type { ApiContext } from './context.js';
import { ProblemError, unavailable } from './problem-error.js';

type Saved = Extract<PictureRow, { state: 'saved' }>;

export interface Thumbnails {
  /** The picture so many pixels wide, as WebP: from the store, or made now and kept there. */
  make(picture: Saved, width: number): Promise<Buffer>;
}

/** Each holds a whole picture in memory and a core at work. */
const AT_ONCE = 2;
const WAITING_MAX = 64;

/** One at a time is made of the same picture and width, whoever asks; and few at once of all. */
export function createThumbnails(context: ApiContext): Thumbnails {
  const underWay = new Map<string, Promise<Buffer>>();
  const queue: (() => void)[] = [];
  let running = 0;
  const inTurn = async (make: () => Promise<Buffer>): Promise<Buffer> => {
    if (running >= AT_ONCE) {
      if (queue.length >= WAITING_MAX) throw unavailable('Too many pictures are being made smaller');
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    running += 1;
    try {
      return await make();
    } finally {
      running -= 1;
      queue.shift()?.();
    }
  };
  return {
    async make(picture, width) {
      const key = thumbnailKey(picture, width);
      const known = underWay.get(key);
      if (known !== undefined) return known;
      const made = readOrMake(context, picture, width, inTurn).finally(() => underWay.delete(key));
      underWay.set(key, made);
      return made;
    },
  };
}

async function readOrMake(
  context: ApiContext,
  picture: Saved,
  width: number,
  inTurn: (make: () => Promise<Buffer>) => Promise<Buffer>,
): Promise<Buffer> {
  const { pictures } = context;
  if (picture.thumbnails.includes(width)) {
    const kept = await pictures.open(thumbnailKey(picture, width));
    if (kept !== null) return buffer(kept.stream);
  }
  const bytes = await inTurn(async () => {
    const whole = await pictures.open(pictureKey(picture));
    if (whole === null) throw new ProblemError('image_not_found', 'The image is no longer in the archive');
    return shrinkPicture(await buffer(whole.stream), width);
  });
  // It can be served all the same.
  await keep(context, picture, width, bytes).catch((err) =>
    context.logger.warn({ err, jobId: picture.tryOnId }, 'thumbnail.not-kept'),
  );
  return bytes;
}

/** Noted before and after: a picture that is deleted in between leaves nothing behind. */
async function keep({ database, pictures }: ApiContext, picture: Saved, width: number, bytes: Buffer) {
  if (!(await noteThumbnail(database, picture.id, width))) return;
  const key = thumbnailKey(picture, width);
  await pictures.put(key, bytes, 'image/webp');
  if (!(await noteThumbnail(database, picture.id, width))) await noteRemovals(database, [key]);
}
