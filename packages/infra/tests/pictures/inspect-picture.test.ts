import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { inspectPicture, sniffPicture } from '../../src/pictures/index.js';

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#806040' } });

describe('what is taken as a picture', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('is a %s, told by its bytes', async (format) => {
    const bytes = await plain(40, 30).toFormat(format).toBuffer();
    expect(await inspectPicture(bytes)).toEqual({
      kind: 'picture',
      contentType: `image/${format}`,
      width: 40,
      height: 30,
    });
  });

  it.each([
    ['nothing', ''],
    ['an HTML page', '<!doctype html><html><body>not found</body></html>'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['a PDF', '%PDF-1.7 and so on'],
    ['a page with the beginning of a PNG', '\x89PNG\r\n\x1a\n<html><script>alert(1)</script>'],
    ['the first bytes of a JPEG', '\xff\xd8\xff'],
  ])('is not %s', async (_what, text) => {
    expect(await inspectPicture(Buffer.from(text, 'latin1'))).toEqual({
      kind: 'refused',
      reason: 'not_a_picture',
    });
  });

  it('is not a GIF', async () => {
    const gif = await plain(4, 4).gif().toBuffer();
    expect(sniffPicture(gif)).toBeNull();
  });

  it('is not what unpacks to more than memory holds, and is refused without being unpacked', async () => {
    const bomb = pngBomb(60_000, 60_000);
    expect(bomb.byteLength).toBeLessThan(5_000_000);
    const begun = performance.now();
    expect(await inspectPicture(bomb)).toEqual({ kind: 'refused', reason: 'too_many_pixels' });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

/** A valid PNG of one colour, whose rows pack to next to nothing. */
function pngBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  // One bit per pixel; a part of the rows is enough to be believed.
  const rows = deflateSync(Buffer.alloc((width / 8 + 1) * 2_000), { level: 9 });
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.byteLength);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
