/** A line, and whether its end was there: without it the rest may have been cut off. */
export interface Line {
  readonly text: string;
  readonly isWhole: boolean;
}

/** The lines of a text that comes in pieces, wherever these are cut; empty ones are left out. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  // Pieces of a line that has not ended are joined once: a long line in small pieces costs no more than its length.
  let begun: string[] = [];
  for await (const chunk of bytes) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    begun.push(first);
    for (const next of others) {
      const text = begun.join('');
      if (text.trim() !== '') yield { text, isWhole: true };
      begun = [next];
    }
  }
  const text = begun.join('') + decoder.decode();
  if (text.trim() !== '') yield { text, isWhole: false };
}
