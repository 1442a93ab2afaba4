/** A command of ours as a person can paste it into a shell. */
export function shellCommand(...words: readonly string[]): string {
  return ['npx catwalk', ...words.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
