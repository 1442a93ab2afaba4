import { PIXELS_MAX } from './inspect-picture.js';
import { loadSharp } from './load-sharp.js';

/** A picture so many pixels wide and as high as follows, upright, as WebP; what else the file told is left out. */
export async function shrinkPicture(bytes: Buffer, width: number): Promise<Buffer> {
  const sharp = await loadSharp();
  return sharp(bytes, { limitInputPixels: PIXELS_MAX }).autoOrient().resize({ width }).webp().toBuffer();
}
