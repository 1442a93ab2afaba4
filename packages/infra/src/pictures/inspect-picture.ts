import { loadSharp } from './load-sharp.js';
import { type PictureType, sniffPicture } from './sniff-picture.js';

export type InspectedPicture =
  | {
      readonly kind: 'picture';
      readonly contentType: PictureType;
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: 'refused'; readonly reason: 'not_a_picture' | 'too_many_pixels' };

/** A few kilobytes can unpack to a picture that no memory holds. */
export const PIXELS_MAX = 64_000_000;

/** Looks at what a picture says of itself; its pixels are not unpacked. */
export async function inspectPicture(bytes: Buffer): Promise<InspectedPicture> {
  const contentType = sniffPicture(bytes);
  if (contentType === null) return { kind: 'refused', reason: 'not_a_picture' };
  const sharp = await loadSharp();
  try {
    const { width, height, pages = 1 } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (width * height * pages > PIXELS_MAX) return { kind: 'refused', reason: 'too_many_pixels' };
    return { kind: 'picture', contentType, width, height };
  } catch {
    return { kind: 'refused', reason: 'not_a_picture' };
  }
}
