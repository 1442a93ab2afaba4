import sharp from 'sharp';
import { InputFault } from './load-input.js';

/** All results have this size, and the body is expected where the samples have it. */
export const canvas = { width: 768, height: 1024 } as const;

export function fitPerson(bytes: Buffer, pixelsMax: number): Promise<Buffer> {
  return sharp(bytes, { limitInputPixels: pixelsMax })
    .rotate()
    .resize({ ...canvas, fit: 'cover', position: 'top' })
    .flatten({ background: '#ffffff' })
    .png({ compressionLevel: 2 })
    .toBuffer()
    .catch(() => {
      throw new InputFault('upload resource: image cannot be decoded');
    });
}
