/**
 * The closed list of words by which a failure counts as a rejection of the content. Source: product.md §5
 * ("Moderation list"). The provider answers 500 both for moderation and for real faults and says which in its
 * text alone (the vendor's own script kling-kolors.mjs reads it the same way), so a word more or less here
 * decides between "refused" and "unanswered".
 */
export const MODERATION_LIST = [
  'moderation',
  'moderated',
  'sensitive content',
  'sensitive word',
  'sensitive words',
  'prohibited',
  'inappropriate',
  'nsfw',
  'content policy',
  'community guidelines',
  'risk control',
] as const;

const ANY_WORD = new RegExp(
  `(?<![\\p{L}\\p{N}_])(?:${MODERATION_LIST.map((words) => words.replaceAll(' ', '\\s+')).join('|')})(?![\\p{L}\\p{N}_])`,
  'iu',
);

const ADDRESS = /https?:[^\s"'<>]+/gi;

/** Whether a text names a word of the list, whole and in any case. File names inside addresses do not count. */
export function isModerationText(text: string): boolean {
  return ANY_WORD.test(text.replace(ADDRESS, ' '));
}
