import sharp from 'sharp';
import { InputFault } from './load-input.js';

type Pixels = { data: Buffer; width: number; height: number };

const side = 640;
/** How far a colour may be from that of the corners and still be background. */
const tolerance = 26;

/** The garment without its background, cropped to its own outline. */
export async function cutOutGarment(bytes: Buffer, pixelsMax: number): Promise<Buffer> {
  const pixels = await readPixels(bytes, pixelsMax);
  const background = floodBackground(pixels);
  clear(pixels, background);
  const box = outline(pixels);
  const { width, height, data } = pixels;
  return sharp(data, { raw: { width, height, channels: 4 } })
    .extract(box)
    .png({ compressionLevel: 2 })
    .toBuffer();
}

async function readPixels(bytes: Buffer, pixelsMax: number): Promise<Pixels> {
  const { data, info } = await sharp(bytes, { limitInputPixels: pixelsMax })
    .rotate()
    .resize({ width: side, height: side, fit: 'inside' })
    .ensureAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => {
      throw new InputFault('upload resource: image cannot be decoded');
    });
  return { data, width: info.width, height: info.height };
}

/** From the border inwards, so that a white button on a white ground stays. */
function floodBackground({ data, width, height }: Pixels): Uint8Array {
  const ground = [data[0] ?? 255, data[1] ?? 255, data[2] ?? 255];
  const background = new Uint8Array(width * height);
  const isGround = (pixel: number): boolean => {
    const at = pixel * 4;
    if ((data[at + 3] ?? 0) < 16) return true;
    return [0, 1, 2].every((band) => Math.abs((data[at + band] ?? 0) - (ground[band] ?? 0)) <= tolerance);
  };
  const queue: number[] = [];
  const visit = (pixel: number): void => {
    if (background[pixel] === 1 || !isGround(pixel)) return;
    background[pixel] = 1;
    queue.push(pixel);
  };
  for (let x = 0; x < width; x += 1) {
    visit(x);
    visit((height - 1) * width + x);
  }
  for (let y = 0; y < height; y += 1) {
    visit(y * width);
    visit(y * width + width - 1);
  }
  for (let pixel = queue.pop(); pixel !== undefined; pixel = queue.pop()) {
    const x = pixel % width;
    if (x > 0) visit(pixel - 1);
    if (x < width - 1) visit(pixel + 1);
    if (pixel >= width) visit(pixel - width);
    if (pixel < width * (height - 1)) visit(pixel + width);
  }
  return background;
}

/** Half-clears the seam as well, which otherwise keeps a fringe of the ground's colour. */
function clear({ data, width, height }: Pixels, background: Uint8Array): void {
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const at = pixel * 4 + 3;
    if (background[pixel] === 1) data[at] = 0;
    else if (background[pixel - 1] === 1 || background[pixel + 1] === 1) data[at] = 96;
    else if (background[pixel - width] === 1 || background[pixel + width] === 1) data[at] = 96;
  }
}

function outline({ data, width, height }: Pixels): {
  left: number;
  top: number;
  width: number;
  height: number;
} {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    if ((data[pixel * 4 + 3] ?? 0) <= 96) continue;
    const x = pixel % width;
    const y = (pixel - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (right < left) throw new InputFault('upload resource: no garment detected in the image');
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}
