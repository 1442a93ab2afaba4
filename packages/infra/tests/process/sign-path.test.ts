import { describe, expect, it } from 'vitest';
import { signPath, verifyPath } from '../../src/process/index.js';

const key = 'a signing key';
const path = '/v1/try-ons/try_1/images/0';
const now = new Date('2026-05-04T10:00:00Z');
const later = (days: number) => new Date(now.getTime() + days * 86_400_000);

describe('a signed path', () => {
  const { expires, signature } = signPath(path, key, now);
  const given = { expires: String(expires), signature };

  it('is the same all day, and holds for at least seven days and no more than eight', () => {
    expect(signPath(path, key, new Date('2026-05-04T23:59:59Z'))).toEqual({ expires, signature });
    expect(verifyPath(path, given, key, later(7))).toBe(true);
    expect(verifyPath(path, given, key, later(8))).toBe(false);
  });

  it.each([
    ['another path', '/v1/try-ons/try_1/images/1', given, key],
    ['a later end', path, { ...given, expires: String(expires + 86_400) }, key],
    ['an end that is no number', path, { ...given, expires: 'Infinity' }, key],
    [
      'another signature',
      path,
      { ...given, signature: signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) },
      key,
    ],
    ['a signature that is cut', path, { ...given, signature: signature.slice(1) }, key],
    ['no signature', path, { ...given, signature: '' }, key],
    ['another key', path, given, 'another signing key'],
  ])('does not hold for %s', (_what, ofPath, signed, signingKey) => {
    expect(verifyPath(ofPath, signed, signingKey, now)).toBe(false);
  });
});
