import sharp from 'sharp';

export interface PictureWanted {
  readonly width?: number;
  readonly height?: number;
  readonly format?: 'png' | 'jpeg' | 'webp' | 'gif';
  /** Equal for equal pictures: 0 to 16,777,215. */
  readonly color?: number;
  readonly seeThrough?: boolean;
  /** How a camera that was held sideways says so: 1 to 8. */
  readonly orientation?: number;
}

/** A real picture of one color, 320 x 400 PNG unless told. */
export function drawPicture(wanted: PictureWanted = {}): Promise<Buffer> {
  const { width = 320, height = 400, format = 'png', color = 0x3366cc, seeThrough = false } = wanted;
  const [r, g, b] = [color >> 16, (color >> 8) & 255, color & 255];
  const background = { r, g, b, alpha: seeThrough ? 0.5 : 1 };
  const drawn = sharp({ create: { width, height, channels: seeThrough ? 4 : 3, background } });
  const told =
    wanted.orientation === undefined ? drawn : drawn.withMetadata({ orientation: wanted.orientation });
  return told.toFormat(format).toBuffer();
}

/** A JPEG that takes as many bytes, and as long to unpack and pack, as a photograph does. */
export function drawNoise(width: number, height: number, brightness: number): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 100 + brightness, sigma: 12 } as const;
  const drawn = sharp({ create: { width, height, channels: 3, background: '#808080', noise } });
  return drawn.jpeg({ quality: 80 }).toBuffer();
}
