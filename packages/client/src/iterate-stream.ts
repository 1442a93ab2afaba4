/** The chunks of a stream: not every browser lets a stream itself be iterated. */
export async function* iterateStream<Chunk>(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const read = await reader.read();
      ended = read.done;
      if (read.done) return;
      yield read.value;
    }
  } finally {
    if (!ended) reader.cancel().catch(() => undefined);
  }
}
