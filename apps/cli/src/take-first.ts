/** The first so many of a listing; no page is asked for beyond them. */
export async function takeFirst<Item>(items: AsyncIterable<Item>, most: number): Promise<Item[]> {
  const taken: Item[] = [];
  if (most < 1) return taken;
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= most) break;
  }
  return taken;
}
