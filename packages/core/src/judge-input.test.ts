import { describe, expect, test } from 'vitest';
import { headIsGood, type InputSight, judgeInput } from './index.js';

const answered = (more: object = {}): InputSight => ({
  kind: 'answered',
  status: 200,
  format: 'jpeg',
  bytes: 50_000,
  sides: null,
  ...more,
});
const MB = 1_048_576;

describe('a look at an input image', () => {
  test.each<[string, InputSight]>([
    ['a picture', answered()],
    ['a part of a picture', answered({ status: 206, format: 'webp' })],
    ['one whose size nobody tells', answered({ bytes: null })],
    ['one of 10 MB', answered({ bytes: 10 * MB })],
    ['one of 512 pixels a side', answered({ sides: { width: 512, height: 512 } })],
  ])('finds %s good', (_what, sight) => {
    expect(judgeInput(sight, 0)).toEqual({ kind: 'good' });
  });

  test.each<[string, InputSight, string]>([
    ['is gone', answered({ status: 404, format: 'other' }), 'the server answers 404'],
    ['is gone for good', answered({ status: 410, format: 'none' }), 'the server answers 410'],
    ['is no picture', answered({ format: 'other' }), 'not a JPEG, PNG or WebP picture'],
    ['is empty', answered({ format: 'none', bytes: 0 }), 'the answer is empty'],
    ['is too large', answered({ bytes: 10 * MB + 1 }), 'larger than 10 MB'],
    ['is too narrow', answered({ sides: { width: 511, height: 900 } }), '511 x 900 pixels'],
    ['is too low', answered({ sides: { width: 900, height: 511 } }), '900 x 511 pixels'],
    ['lies in a private network', { kind: 'private_address' }, 'private network'],
  ])('is certain of one that %s, also the first time', (_what, sight, words) => {
    expect(judgeInput(sight, 0)).toEqual({ kind: 'bad', reason: expect.stringContaining(words) });
  });

  test.each<[string, InputSight]>([
    ['500', answered({ status: 500, format: 'other' })],
    ['503', answered({ status: 503, format: 'none' })],
    ['429', answered({ status: 429 })],
    ['408', answered({ status: 408 })],
    ['no connection', { kind: 'unreachable' }],
    ['silence', { kind: 'timeout' }],
  ])('takes %s for passing: twice more with growing rests, then the provider judges', (_what, sight) => {
    expect(judgeInput(sight, 0)).toMatchObject({ kind: 'again', inMs: 1_000 });
    expect(judgeInput(sight, 1)).toMatchObject({ kind: 'again', inMs: 4_000 });
    expect(judgeInput(sight, 2)).toMatchObject({ kind: 'undecided' });
  });

  test.each<[string, InputSight]>([
    ['202', answered({ status: 202, format: 'other' })],
    ['204', answered({ status: 204, format: 'none' })],
    ['401', answered({ status: 401, format: 'other' })],
    ['403', answered({ status: 403, format: 'other' })],
    ['405', answered({ status: 405, format: 'none' })],
    ['416', answered({ status: 416, format: 'none' })],
    ['304', answered({ status: 304, format: 'none' })],
    ['an address that we do not ask', { kind: 'unclear' }],
  ])('leaves %s to the provider at once: it may be said to us alone', (_what, sight) => {
    expect(judgeInput(sight, 0)).toMatchObject({ kind: 'undecided' });
  });
});

describe('a head', () => {
  const head = { status: 200, contentType: 'image/png', bytes: 1_000 };
  test.each<[boolean, string, object]>([
    [true, 'a picture of known size', {}],
    [true, 'a type with parameters, in capitals', { contentType: 'IMAGE/JPEG; charset=binary' }],
    [false, 'another status', { status: 204 }],
    [false, 'a refusal of the method', { status: 405 }],
    [false, 'another type', { contentType: 'application/octet-stream' }],
    [false, 'a type that only begins like one', { contentType: 'image/pngx' }],
    [false, 'no size', { bytes: null }],
    [false, 'an empty body', { bytes: 0 }],
    [false, 'too large a body', { bytes: 10 * MB + 1 }],
  ])('is good (%s) with %s', (good, _what, more) => {
    expect(headIsGood({ ...head, ...more })).toBe(good);
  });
});
