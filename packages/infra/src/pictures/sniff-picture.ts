/** What Catwalk keeps and serves. An SVG is a document that runs scripts, and everything else nobody asked for. */
export type PictureType = 'image/png' | 'image/jpeg' | 'image/webp';

/** What a picture is by its first bytes, whatever it was announced as; null when it is none that is taken. */
export function sniffPicture(bytes: Uint8Array): PictureType | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 16)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp';
  return null;
}
