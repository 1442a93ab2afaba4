import { expect, test } from 'vitest';
import { isModerationText, MODERATION_LIST } from './moderation-list.js';

test.each(MODERATION_LIST)('"%s" counts in any case and any spacing, as whole words', (words) => {
  expect(isModerationText(`Task failed: ${words}.`)).toBe(true);
  expect(isModerationText(words.toUpperCase())).toBe(true);
  expect(isModerationText(words.replace(' ', '\n  '))).toBe(true);
  expect(isModerationText(`x${words}`)).toBe(false);
  expect(isModerationText(`${words}x`)).toBe(false);
});

test.each(['', 'Login failed', 'moderate', 'sensitive', 'risk', 'policy', 'contentpolicy', 'é-nsfwé'])(
  '"%s" does not count',
  (text) => {
    expect(isModerationText(text)).toBe(false);
  },
);

test('names of files do not count', () => {
  expect(isModerationText('cannot load https://shop.example/inappropriate/nsfw.jpg')).toBe(false);
});
