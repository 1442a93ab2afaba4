import type { Sharp } from 'sharp';
import { inspectPicture, loadSharp, PIXELS_MAX, type PictureType } from '../pictures/index.js';
import { stripMetadata } from './strip-metadata.js';

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

export type ReadyPicture = Extract<PreparedPicture, { kind: 'ready' }>;

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
 * and else the other. It is turned as its metadata says, and loses them, so that nobody's position travels along; where
 * that is all, no pixel changes. What is not plain RGB becomes it. Of a moving picture the first one is taken.
 */
export async function preparePicture(bytes: Buffer): Promise<PreparedPicture> {
  if (bytes.length > INPUT_BYTES_MAX) return refused('is larger than 10 MB');
  const inspected = await inspectPicture(bytes);
  if (inspected.kind === 'refused')
    return refused(
      inspected.reason === 'too_many_pixels'
        ? `has more than ${PIXELS_MAX / 1_000_000} million pixels`
        : 'is not a JPEG, PNG or WebP file',
    );
  const { width, height, contentType } = inspected;
  if (Math.min(width, height) < SIDE_MIN)
    return refused(`has ${width} x ${height} pixels, and each side needs at least ${SIDE_MIN}`);
  try {
    const stripped = await stripIfPlain(bytes, contentType);
    if (stripped !== null) return { kind: 'ready', width, height, ...stripped };
    const isPng =
      contentType === 'image/png' || (contentType === 'image/webp' && (await isSeeThrough(bytes)));
    for (const pack of [isPng ? asPng : asJpeg(92), asJpeg(85), shrunk]) {
      const { data, info } = await pack(await open(bytes)).toBuffer({ resolveWithObject: true });
      if (data.length > INPUT_BYTES_MAX) continue;
      const type = info.format === 'png' ? 'image/png' : 'image/jpeg';
      return { kind: 'ready', bytes: data, contentType: type, width: info.width, height: info.height };
    }
    return refused('cannot be made smaller than 10 MB');
  } catch {
    return refused('is damaged: it cannot be unpacked');
  }
}

const yes = () => true;
const no = () => false;

async function open(bytes: Buffer, failOn: 'error' | 'warning' = 'error'): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn })
    .timeout({ seconds: SECONDS_MAX })
    .autoOrient()
    .toColourspace('srgb');
}

/** The picture as it came but for its metadata; null where there is more to change. It is unpacked, to be sure of it. */
async function stripIfPlain(
  bytes: Buffer,
  contentType: PictureType,
): Promise<Pick<ReadyPicture, 'bytes' | 'contentType'> | null> {
  if (contentType === 'image/webp') return null;
  const {
    space,
    depth,
    orientation = 1,
    hasProfile,
    pages = 1,
  } = await (await loadSharp())(bytes).metadata();
  const isPlain = space === 'srgb' && depth === 'uchar' && orientation === 1 && !hasProfile && pages === 1;
  const stripped = isPlain ? stripMetadata(bytes, contentType) : null;
  if (stripped === null) return null;
  const small = { width: 64, height: 64, fit: 'inside' } as const;
  // A flaw that is passed over elsewhere is none of a picture that goes out as it came.
  const isSound = await (await open(stripped, 'warning')).resize(small).raw().toBuffer().then(yes, no);
  return isSound ? { bytes: stripped, contentType } : null;
}

async function isSeeThrough(bytes: Buffer): Promise<boolean> {
  return (await (await loadSharp())(bytes, { limitInputPixels: PIXELS_MAX }).metadata()).hasAlpha === true;
}

function refused(reason: string): PreparedPicture {
  return { kind: 'refused', reason };
}
