import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { CliError } from './cli-error.js';
import { findPictures, type LocalPicture, listOf } from './find-pictures.js';
import { nameInputs } from './name-inputs.js';
import { plural, printable } from './print-table.js';
import type { Input } from './read-input.js';
import type { Session } from './session.js';

type Kind = 'dress' | 'upper' | 'lower';

/** What folders and names say of a garment; each with what else it is called. */
const WORDS: Readonly<Record<Kind, string>> = {
  dress: 'dress|dresses',
  upper: 'upper|uppers|top|tops',
  lower: 'lower|lowers|bottom|bottoms',
};
const KINDS = Object.keys(WORDS) as Kind[];

/**
 * Folders of pictures as an input: every person in every garment. Each is named after its file.
 *
 * @throws CliError when a folder or a picture cannot be used, or a garment does not say what it is
 */
export async function readFolders(
  { around, note }: Pick<Session, 'around' | 'note'>,
  { people, garments }: { readonly people: string; readonly garments: string },
): Promise<Input> {
  const { cwd } = around;
  const persons = await findPictures(people, cwd);
  const clothes = await findPictures(garments, cwd);
  const leftOut = [...persons.leftOut, ...clothes.leftOut];
  if (leftOut.length > 0)
    note(
      `${plural(leftOut.length, 'file')} left out, no pictures by name: ${printable(leftOut.slice(0, 5).join(', '))}`,
    );
  const sorted = sortByKind(clothes.pictures, garments);
  const pictures = [...persons.pictures, ...clothes.pictures];
  const folders = { people: resolve(cwd, people), garments: resolve(cwd, garments) };
  const personNames = nameInputs(persons.pictures.map(({ name }) => name));
  const garmentNames = nameInputs(clothes.pictures.map(({ name }) => name));
  const documentWith = (urlOf: (picture: LocalPicture) => string) =>
    JSON.stringify({
      people: persons.pictures.map((one, n) => ({ image: urlOf(one), customId: personNames[n] })),
      garments: sorted.map(({ kind, picture }, n) => ({ [kind]: urlOf(picture), customId: garmentNames[n] })),
    });
  // Until they are sent: equal for equal pictures, so that what repeats is seen, and the key is that of the contents.
  const planned = documentWith(({ sha256 }) => `https://pictures.invalid/${sha256}`);
  const input = {
    name: `${people} × ${garments}`,
    path: folders.people,
    format: 'json',
    sha256: createHash('sha256').update(planned).digest('hex'),
  } as const;
  const withAddresses = (urls: ReadonlyMap<string, string>): Input => {
    const text = documentWith(({ sha256 }) => urls.get(sha256) ?? '');
    return { ...input, open: () => [text] };
  };
  return { ...input, open: () => [planned], local: { folders, pictures, withAddresses } };
}

function sortByKind(
  pictures: readonly LocalPicture[],
  folder: string,
): { readonly kind: Kind; readonly picture: LocalPicture }[] {
  const unclear: string[] = [];
  const sorted = pictures.flatMap((picture) => {
    const kind = kindOf(picture.name);
    if (kind !== null) return [{ kind, picture }];
    unclear.push(printable(picture.name));
    return [];
  });
  if (unclear.length === 0) return sorted;
  throw new CliError(
    `${plural(unclear.length, 'garment')} in ${folder} that may be anything: put them into dresses/, uppers/ or lowers/, or ` +
      `name them such as dress-red.jpg or shirt-upper.png:\n${listOf(unclear)}`,
    'bad_input',
  );
}

/** By the folder it lies in, else by the beginning or the end of its name; null where these say nothing, or two things. */
function kindOf(name: string): Kind | null {
  const parts = name.toLowerCase().split('/');
  const base = (parts.pop() ?? '').replace(/\.[^.]*$/, '');
  const saidBy = (says: (kind: Kind) => boolean) => KINDS.filter(says);
  const byFolder = saidBy((kind) => parts.some((part) => new RegExp(`^(${WORDS[kind]})$`).test(part)));
  const found =
    byFolder.length > 0
      ? byFolder
      : saidBy((kind) => new RegExp(`^(${WORDS[kind]})([-_. ]|$)|[-_. ](${WORDS[kind]})$`).test(base));
  return found.length === 1 ? (found[0] ?? null) : null;
}
