import { describe, expect, test } from 'vitest';
import { callbackAddress, isSignedByUs } from './callback-address.js';

const OLD = 'o'.repeat(32);
const NEW = 'n'.repeat(32);

function signatureOf(secret: string, mode = 'sandbox', ref = 'att_1'): string {
  return callbackAddress('https://hooks.example.com', mode, ref, secret).split('/').at(-1) ?? '';
}

describe('the callback address', () => {
  test('keeps a path prefix of the public origin and carries at least 128 bits', () => {
    const address = callbackAddress('https://example.com/hooks/', 'live', 'att_1', NEW);
    expect(address).toMatch(/^https:\/\/example\.com\/hooks\/callbacks\/att_1\/[\w-]{43}$/);
  });

  test.each([
    ['the newest secret signed it', 'sandbox', 'att_1', signatureOf(NEW), true],
    ['an older secret signed it', 'sandbox', 'att_1', signatureOf(OLD), true],
    ['a secret that is not ours signed it', 'sandbox', 'att_1', signatureOf('x'.repeat(32)), false],
    ['it was signed for another attempt', 'sandbox', 'att_2', signatureOf(NEW), false],
    ['it was signed for the other mode', 'live', 'att_1', signatureOf(NEW), false],
    ['it is empty', 'sandbox', 'att_1', '', false],
    ['it is cut short', 'sandbox', 'att_1', signatureOf(NEW).slice(0, 20), false],
    ['it is no base64 at all', 'sandbox', 'att_1', '%%%', false],
  ])('is judged right when %s', (_case, mode, ref, signature, signed) => {
    expect(isSignedByUs(mode, ref, signature, [NEW, OLD])).toBe(signed);
  });
});
