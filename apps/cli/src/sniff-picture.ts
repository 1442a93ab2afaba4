const byType: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/jpg': '.jpg',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'image/avif': '.avif',
};

const signatures: readonly { readonly at: number; readonly text: string; readonly extension: string }[] = [
  { at: 0, text: '\x89PNG\r\n\x1a\n', extension: '.png' },
  { at: 0, text: '\xff\xd8\xff', extension: '.jpg' },
  { at: 8, text: 'WEBP', extension: '.webp' },
  { at: 0, text: 'GIF8', extension: '.gif' },
  { at: 4, text: 'ftypavif', extension: '.avif' },
];

/** So many bytes tell what a picture is. */
export const SNIFF_BYTES = 16;

/**
 * The extension of a picture, by its first bytes, else by what the server calls it; null for what is no picture.
 * The bytes come first: servers are often wrong, and programs go by the extension.
 */
export function extensionOf(contentType: string | null, head: Uint8Array): string | null {
  const text = Buffer.from(head.subarray(0, SNIFF_BYTES)).toString('latin1');
  const found = signatures.find((one) => text.startsWith(one.text, one.at));
  if (found !== undefined) return found.extension;
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return byType[type] ?? null;
}
