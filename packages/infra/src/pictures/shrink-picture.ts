import sharp from 'sharp';
import { PIXELS_MAX } from './inspect-picture.js';

/** A picture so many pixels wide and as high as follows, upright, as WebP; what else the file told is left out. */
export async function shrinkPicture(bytes: Buffer, width: number): Promise<Buffer> {
  return sharp(bytes, { limitInputPixels: PIXELS_MAX }).autoOrient().resize({ width }).webp().toBuffer();
}
