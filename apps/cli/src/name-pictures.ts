/** Of a whole file name: with a number and an extension it stays within the 100 that are promised. */
export const NAME_MAX = 100;
/** The longest of `.jpg`, `.png`, `.webp`, `.gif`, `.avif`. */
const EXTENSION_MAX = 5;

/** Names of devices: on Windows no file can be called so, whatever its extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * Turns a `customId` into the beginning of a file name: only letters, digits, dot, underscore and hyphen, no dot or
 * hyphen in front, accents taken off, and a name of a device made another. An id of which nothing readable is left gives way to the try-on's own.
 */
export function stemOf(customId: string | null, id: string): string {
  const plain = (customId ?? '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[.-]+/, '')
    .replace(DEVICE, '$1_');
  return /[A-Za-z0-9]/.test(plain) ? plain : id;
}

/** Hands out each name once, also where the file system does not tell capitals apart. */
export class PictureNames {
  private readonly taken = new Set<string>();
  /** The number that was given last for a name, so that a thousand equal ids do not count up from 2 each. */
  private readonly numbered = new Map<string, number>();

  /** Keeps a name from being handed out: it is in use already. */
  take(stem: string): void {
    this.taken.add(stem.toLowerCase());
  }

  /** The names of a result's pictures without extension: `id`, or `id-1`, `id-2` and so on when there are several. */
  nameAll(result: { readonly customId: string | null; readonly id: string }, pictures: number): string[] {
    const stem = stemOf(result.customId, result.id);
    return Array.from({ length: pictures }, (_, index) =>
      this.name(stem, pictures > 1 ? `-${index + 1}` : ''),
    );
  }

  private name(stem: string, suffix: string): string {
    const wanted = fit(stem, suffix);
    let name = wanted;
    const key = wanted.toLowerCase();
    for (let number = this.numbered.get(key) ?? 2; this.taken.has(name.toLowerCase()); number += 1) {
      name = fit(stem, `${suffix}_${number}`);
      this.numbered.set(key, number + 1);
    }
    this.take(name);
    return name;
  }
}

function fit(stem: string, suffix: string): string {
  return `${stem.slice(0, NAME_MAX - EXTENSION_MAX - suffix.length)}${suffix}`;
}
