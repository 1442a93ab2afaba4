/**
 * The same picture without what else its file says: where and with what it was taken, thumbnails, comments, what
 * cameras hang behind its end. Not a pixel changes.
 *
 * @returns null where the file is not built as they usually are
 */
export function stripMetadata(bytes: Buffer, contentType: 'image/png' | 'image/jpeg'): Buffer | null {
  const parts = contentType === 'image/png' ? pngParts(bytes) : jpegParts(bytes);
  return parts === null ? null : Buffer.concat(parts);
}

/** What a PNG is drawn from; everything else in it may go. */
const PNG_KEPT = new Set(['IHDR', 'PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'IDAT', 'IEND']);
const PNG_SIGNATURE = 8;

function pngParts(bytes: Buffer): Buffer[] | null {
  const parts = [bytes.subarray(0, PNG_SIGNATURE)];
  for (let at = PNG_SIGNATURE; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (PNG_KEPT.has(type)) parts.push(bytes.subarray(at, end));
    if (type === 'IEND') return parts;
    at = end;
  }
  return null;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
/** Adobe's says how its colours are meant. */
const APP14 = 0xee;
const COM = 0xfe;

function jpegParts(bytes: Buffer): Buffer[] | null {
  if (bytes.readUInt16BE(0) !== 0xff00 + SOI) return null;
  const parts = [bytes.subarray(0, 2)];
  for (let at = 2; at + 2 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    // Bytes may be filled up with 0xff before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === EOI) return [...parts, bytes.subarray(at, at + 2)];
    if (at + 4 > bytes.length) return null;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length || end < at + 4) return null;
    if (isDrawn(marker)) parts.push(bytes.subarray(at, end));
    at = end;
    if (marker !== SOS) continue;
    const next = endOfScan(bytes, at);
    if (next === null) return null;
    parts.push(bytes.subarray(at, next));
    at = next;
  }
  return null;
}

function isDrawn(marker: number): boolean {
  if (marker === COM) return false;
  return marker < APP0 || marker > 0xef || marker === APP0 || marker === APP14;
}

/** Where the next marker stands behind the pixels; zeros and restarts belong to them. */
function endOfScan(bytes: Buffer, from: number): number | null {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1] ?? 0;
    if (marker !== 0 && marker !== 0xff && (marker < 0xd0 || marker > 0xd7)) return at;
  }
  return null;
}
