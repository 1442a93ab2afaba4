import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const UNPACK = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/**
 * What a body says without its packing; null where it is packed in a way we do not know, broken, or larger than
 * `bytesMax` when unpacked.
 */
export async function unpackBody(
  body: Buffer,
  coding: string | undefined,
  bytesMax: number,
): Promise<Buffer | null> {
  const name = coding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '') return body;
  if (!Object.hasOwn(UNPACK, name)) return null;
  return UNPACK[name as keyof typeof UNPACK](body, { maxOutputLength: bytesMax }).catch(() => null);
}
