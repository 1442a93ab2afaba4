import sharp, { type Sharp } from 'sharp';
import { inspectPicture, PIXELS_MAX } from '../pictures/index.js';

/** A picture as the provider takes it, or why it can be none, behind "The picture". */
export type PreparedPicture =
  | {
      readonly kind: 'ready';
      readonly bytes: Buffer;
      readonly contentType: 'image/png' | 'image/jpeg';
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** What the provider takes at most, and we. */
export const INPUT_BYTES_MAX = 10 * 1_048_576;
/** What the provider takes at least, of either side. */
const SIDE_MIN = 300;
/** A picture that is too large when it is unpacked and packed again is made smaller to this. */
const SIDE_SHRUNK = 4_096;
const SECONDS_MAX = 20;

type Packing = (picture: Sharp) => Sharp;

const asPng: Packing = (picture) => picture.png();
const asJpeg =
  (quality: number): Packing =>
  (picture) =>
    picture.flatten({ background: '#ffffff' }).jpeg({ quality, chromaSubsampling: '4:4:4' });
const shrunk: Packing = (picture) =>
  asJpeg(85)(picture.resize(SIDE_SHRUNK, SIDE_SHRUNK, { fit: 'inside', withoutEnlargement: true }));

/**
 * Makes a picture what the provider takes: PNG stays PNG and JPEG stays JPEG, WebP becomes the one if it is see-through
 * and else the other. It is turned as its metadata says, and loses them, so that nobody's position travels along;
 * what is not plain RGB becomes it. Of a moving picture the first one is taken.
 */
export async function preparePicture(bytes: Buffer): Promise<PreparedPicture> {
  if (bytes.length > INPUT_BYTES_MAX) return refused('is larger than 10 MB');
  const inspected = await inspectPicture(bytes);
  if (inspected.kind === 'refused')
    return refused(
      inspected.reason === 'too_many_pixels'
        ? `has more than ${PIXELS_MAX / 1_000_000} million pixels`
        : 'is not a JPEG, PNG or WebP picture',
    );
  const { width, height, contentType } = inspected;
  if (Math.min(width, height) < SIDE_MIN)
    return refused(`has ${width} x ${height} pixels, and each side needs at least ${SIDE_MIN}`);
  try {
    const isPng =
      contentType === 'image/png' || (contentType === 'image/webp' && (await isSeeThrough(bytes)));
    for (const pack of [isPng ? asPng : asJpeg(92), asJpeg(85), shrunk]) {
      const { data, info } = await pack(open(bytes)).toBuffer({ resolveWithObject: true });
      if (data.length > INPUT_BYTES_MAX) continue;
      const type = info.format === 'png' ? 'image/png' : 'image/jpeg';
      return { kind: 'ready', bytes: data, contentType: type, width: info.width, height: info.height };
    }
    return refused('cannot be made smaller than 10 MB');
  } catch {
    return refused('is damaged: it cannot be unpacked');
  }
}

function open(bytes: Buffer): Sharp {
  return sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: 'error' })
    .timeout({ seconds: SECONDS_MAX })
    .autoOrient()
    .toColourspace('srgb');
}

async function isSeeThrough(bytes: Buffer): Promise<boolean> {
  return (await sharp(bytes, { limitInputPixels: PIXELS_MAX }).metadata()).hasAlpha === true;
}

function refused(reason: string): PreparedPicture {
  return { kind: 'refused', reason };
}
