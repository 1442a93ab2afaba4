/** Of two such names, and a hyphen between them, a customId is made. */
const LENGTH_MAX = 90;

/** Names of files without what they end in, each once: with their folders where that tells them apart, else numbered. */
export function nameInputs(files: readonly string[]): string[] {
  const bases = files.map((file) => cut((file.split('/').at(-1) ?? '').replace(/\.[^.]*$/, '')));
  const counts = new Map<string, number>();
  for (const base of bases) counts.set(base, (counts.get(base) ?? 0) + 1);
  const taken = new Set<string>();
  return files.map((file, n) => {
    const base = bases[n] ?? '';
    const isAlone = counts.get(base) === 1;
    const name = isAlone ? base : cut(file.replace(/\.[^.]*$/, '').replaceAll('/', '-'));
    let own = name;
    for (let again = 2; taken.has(own); again += 1) own = `${name.slice(0, LENGTH_MAX - 8)}-${again}`;
    taken.add(own);
    return own;
  });
}

function cut(name: string): string {
  return name.slice(0, LENGTH_MAX).toWellFormed() || '_';
}
