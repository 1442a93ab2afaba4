import { describe, expect, it } from 'vitest';
import { extensionOf } from './sniff-picture.js';

const bytes = (text: string) => Buffer.from(text.padEnd(20, '\0'), 'latin1');

describe('the extension of a picture', () => {
  it.each([
    ['its own bytes', null, '\x89PNG\r\n\x1a\n', '.png'],
    ['its bytes, not the server', 'image/png', '\xff\xd8\xff\xe0', '.jpg'],
    ['its bytes', 'application/octet-stream', 'RIFF\x01\x02\x03\x04WEBP', '.webp'],
    ['its bytes', null, '\0\0\0\x20ftypavif', '.avif'],
    ['its bytes', null, 'GIF89a', '.gif'],
    ['the server where the bytes say nothing', 'image/JPEG; charset=binary', 'unknown', '.jpg'],
    ['nothing: it is a page', 'text/html', '<!doctype html>', null],
    ['nothing: it may run scripts', 'image/svg+xml', '<svg>', null],
    ['nothing at all', null, '', null],
  ])('is told by %s', (_, contentType, head, extension) => {
    expect(extensionOf(contentType, bytes(head))).toBe(extension);
  });
});
