import { drawPicture, makePictureBomb } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { inspectPicture, sniffPicture } from '../../src/pictures/index.js';

describe('what is taken as a picture', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('is a %s, told by its bytes', async (format) => {
    const bytes = await drawPicture({ format, width: 40, height: 30 });
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
    const gif = await drawPicture({ format: 'gif' });
    expect(sniffPicture(gif)).toBeNull();
  });

  it('is not what unpacks to more than memory holds, and is refused without being unpacked', async () => {
    const bomb = makePictureBomb();
    expect(bomb.byteLength).toBeLessThan(5_000_000);
    const begun = performance.now();
    expect(await inspectPicture(bomb)).toEqual({ kind: 'refused', reason: 'too_many_pixels' });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
