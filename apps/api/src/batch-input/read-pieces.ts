/** Small enough that what is read ahead of the consumer stays small, whatever the chunks of the body are. */
const PIECE_BYTES_MAX = 65_536;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The bytes of a body in pieces of at most 64 KB, none empty, without a byte order mark at its start. */
export async function* readPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let start: Buffer | null = Buffer.alloc(0);
  for await (const chunk of body) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (start !== null) {
      bytes = Buffer.concat([start, bytes]);
      start = bytes.length < BOM.length ? bytes : null;
      if (start !== null) continue;
      bytes = withoutBom(bytes);
    }
    for (let from = 0; from < bytes.length; from += PIECE_BYTES_MAX)
      yield bytes.subarray(from, from + PIECE_BYTES_MAX);
  }
  if (start !== null && start.length > 0) yield start;
}

function withoutBom(bytes: Buffer): Buffer {
  return bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes;
}
