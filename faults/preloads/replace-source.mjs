// A loader hook: replaces text in the modules it is told of. What it is to replace must be there, or nothing
// would be proven.
let edits = [];

export function initialize(data) {
  edits = data;
}

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const own = edits.filter((edit) => url.endsWith(edit.file));
  if (own.length === 0) return loaded;
  let source = String(loaded.source);
  for (const { file, from, to } of own) {
    if (!source.includes(from)) throw new Error(`${file} does not hold: ${from}`);
    source = source.replace(from, to);
  }
  return { ...loaded, source };
}
