import { expect, it } from 'vitest';
import type { ProviderAnswer } from './classify-submit.js';
import { classifyUpload } from './classify-upload.js';
import { createScrubber } from './create-scrubber.js';

const scrub = createScrubber('user:1234-secret', null);
const answer = (status: number, body: unknown, bodyError: unknown = null): ProviderAnswer => ({
  kind: 'answer',
  status,
  retryAfter: null,
  date: null,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  bodyError,
});
const url = 'https://s21-kling.klingai.com/a.jpg';

it('a picture is stored where the provider says so and where it lies', () => {
  expect(classifyUpload(answer(200, { status: 3, url, message: '', fileName: 'a.jpg' }), scrub)).toEqual({
    kind: 'stored',
    url,
  });
});

it.each([
  ['another status', answer(200, { status: 1, url })],
  ['no address', answer(200, { status: 3 })],
  ['an address of another kind', answer(200, { status: 3, url: 'file:///etc/passwd' })],
  ['no JSON', answer(200, '<html>')],
  ['a body that was cut off', answer(200, { status: 3, url }, new Error('cut'))],
  ['a redirect', answer(302, '')],
  ['an account at fault', answer(401, { error: 'Unauthorized' })],
  ['a full house', answer(429, { error: 'busy' })],
  ['a fault', answer(500, { error: 'oops' })],
  ['a 400 of something in between', answer(400, '<html>bad gateway</html>')],
  ['no connection', { kind: 'fault', error: new Error('user:1234-secret') } as const],
])('with %s nothing is stored, and it may be tried again', (_, reply) => {
  const upload = classifyUpload(reply, scrub);
  expect(upload.kind).toBe('unavailable');
  expect(JSON.stringify(upload)).not.toContain('secret');
});

it.each([400, 413, 415, 422])(
  'a %i in the provider’s own JSON refuses the picture, with its words',
  (status) => {
    expect(
      classifyUpload(answer(status, { error: 'Image dimensions must be at least 300px' }), scrub),
    ).toEqual({
      kind: 'refused',
      reason: `answered ${status}: Image dimensions must be at least 300px`,
    });
  },
);
