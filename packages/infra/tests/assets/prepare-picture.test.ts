import { drawNoise, drawPicture } from '@catwalk/testkit';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { preparePicture } from '../../src/assets/index.js';

const noisy = await drawNoise(400, 320, 0);
const pixelsOf = (bytes: Buffer) => sharp(bytes).raw().toBuffer();
const secretly = (bytes: Buffer) =>
  sharp(bytes).withExif({ IFD0: { Copyright: 'secret place' }, IFD3: { GPSLatitude: '1/1 2/1 3/1' } });

async function ready(bytes: Buffer) {
  const made = await preparePicture(bytes);
  if (made.kind !== 'ready') throw new Error(made.reason);
  return made;
}

describe('a plain picture loses its metadata and what hangs behind it, and not a pixel changes', () => {
  it.each([
    ['JPEG', async () => secretly(noisy).jpeg().toBuffer()],
    ['progressive JPEG', async () => secretly(noisy).jpeg({ progressive: true }).toBuffer()],
    [
      'grey JPEG of three colours',
      async () =>
        secretly(await drawPicture({ format: 'jpeg' }))
          .jpeg()
          .toBuffer(),
    ],
    ['PNG', async () => secretly(noisy).png().toBuffer()],
    ['PNG with a palette', async () => secretly(noisy).png({ palette: true }).toBuffer()],
    [
      'PNG one can see through',
      async () =>
        secretly(await drawPicture({ seeThrough: true }))
          .png()
          .toBuffer(),
    ],
  ])('%s', async (_, draw) => {
    const plain = await draw();
    expect(plain.includes('secret place')).toBe(true);
    const sent = Buffer.concat([plain, Buffer.from('a film, and another secret place')]);
    const { bytes, width, height } = await ready(sent);
    expect(bytes.includes('secret place')).toBe(false);
    expect(bytes.includes('Exif')).toBe(false);
    expect((await pixelsOf(bytes)).equals(await pixelsOf(plain))).toBe(true);
    expect(await sharp(bytes).metadata()).toMatchObject({ width, height });
  });
});

it.each([
  ['CMYK', () => sharp(noisy).toColourspace('cmyk').jpeg().toBuffer()],
  ['a colour profile of its own', () => sharp(noisy).withIccProfile('p3').jpeg().toBuffer()],
  ['16 bits a colour', () => sharp(noisy).toColourspace('rgb16').png().toBuffer()],
  ['shades of grey', () => sharp(noisy).greyscale().jpeg().toBuffer()],
])('%s becomes plain RGB or grey, of 8 bits', async (_, draw) => {
  const { bytes } = await ready(await draw());
  const { space, depth, hasProfile } = await sharp(bytes).metadata();
  expect(['srgb', 'b-w']).toContain(space);
  expect([depth, hasProfile]).toEqual(['uchar', false]);
});

it('a picture that is turned stands upright, whichever of the eight ways it was held', async () => {
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    const { width, height, bytes } = await ready(await drawPicture({ format: 'jpeg', orientation }));
    expect([width, height]).toEqual(orientation < 5 ? [320, 400] : [400, 320]);
    expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
  }
});

it.each([
  ['a PNG', async () => garbled(await sharp(noisy).png().toBuffer())],
  ['half a JPEG', async () => noisy.subarray(0, noisy.length >> 1)],
  ['half a PNG', async () => (await sharp(noisy).png().toBuffer()).subarray(0, 9_000)],
])('%s that is broken behind a sound head is refused', async (_, draw) => {
  expect(await preparePicture(await draw())).toEqual({
    kind: 'refused',
    reason: 'is damaged: it cannot be unpacked',
  });
});

it('a JPEG with a flaw that viewers pass over is packed anew, so that it has none', async () => {
  const flawed = garbled(Buffer.from(noisy));
  await expect(sharp(flawed).raw().toBuffer()).rejects.toThrow();
  const { bytes } = await ready(flawed);
  await sharp(bytes).raw().toBuffer();
});

function garbled(bytes: Buffer): Buffer {
  return bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 200);
}
