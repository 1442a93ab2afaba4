import type { FileHandle } from 'node:fs/promises';
import { parse } from 'node:path';
import { z } from 'zod';
import { NAME_MAX, PictureNames } from './name-pictures.js';
import type { OutFolder } from './out-folder.js';

const FILE = 'catwalk-pictures.ndjson';

const line = z.object({
  tryOnId: z.string(),
  index: z.int(),
  file: z
    .string()
    .max(NAME_MAX)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/),
  bytes: z.int(),
});
type Line = z.output<typeof line>;

/** One picture of a result. */
export interface Picture {
  readonly tryOnId: string;
  readonly index: number;
  readonly url: string;
  /** The file's name without extension. */
  readonly name: string;
}

interface Result {
  readonly id: string;
  readonly customId: string | null;
  readonly images: readonly { readonly index: number; readonly url: string }[];
}

/**
 * Which picture lies in which file. Every picture gets its line before its file gets its name, so that a later run
 * knows the files of this one, however it ended.
 */
export class KeptPictures {
  private readonly names = new PictureNames();
  private readonly kept = new Map<string, Line>();
  /** Lines are written one after the other. */
  private written: Promise<void> = Promise.resolve();

  private readonly folder: OutFolder;
  private readonly log: FileHandle;

  private constructor(folder: OutFolder, log: FileHandle) {
    this.folder = folder;
    this.log = log;
  }

  static async open(folder: OutFolder): Promise<KeptPictures> {
    const text = (await folder.read(FILE)) ?? '';
    const pictures = new KeptPictures(folder, await folder.append(FILE));
    // A run that was killed may have left half a line: the next one begins on a line of its own.
    if (text !== '' && !text.endsWith('\n')) await pictures.log.writeFile('\n');
    for (const one of linesOf(text)) {
      pictures.kept.set(keyOf(one), one);
      pictures.names.take(parse(one.file).name);
    }
    return pictures;
  }

  async close(): Promise<void> {
    await this.log.close();
  }

  /** The pictures of a result that are not in the folder yet, each with the name it will have. */
  async missingOf(result: Result): Promise<Picture[]> {
    const lines = result.images.map((image) =>
      this.kept.get(keyOf({ tryOnId: result.id, index: image.index })),
    );
    const isNew = lines.every((one) => one === undefined);
    const fresh = isNew ? this.names.nameAll(result, result.images.length) : [];
    const missing: Picture[] = [];
    for (const [place, image] of result.images.entries()) {
      const known = lines[place];
      if (known !== undefined && (await this.folder.sizeOf(known.file)) === known.bytes) continue;
      const name = known === undefined ? (fresh[place] ?? this.nameOne(result)) : parse(known.file).name;
      missing.push({ tryOnId: result.id, index: image.index, url: image.url, name });
    }
    return missing;
  }

  /** A picture that was not there when its result's others were named. */
  private nameOne(result: Result): string {
    return this.names.nameAll(result, 1)[0] ?? result.id;
  }

  /** Another name for a picture whose own is taken by a file that is not ours. */
  rename(picture: Picture): Picture {
    const [name = picture.tryOnId] = this.names.nameAll({ id: picture.tryOnId, customId: picture.name }, 1);
    return { ...picture, name };
  }

  /** Remembers which file a picture is about to be, and answers the file's name. */
  async note(picture: Picture, extension: string, bytes: number): Promise<string> {
    const { tryOnId, index, name } = picture;
    const one = { tryOnId, index, file: `${name}${extension}`, bytes };
    this.kept.set(keyOf(one), one);
    this.written = this.written.then(() => this.log.appendFile(`${JSON.stringify(one)}\n`));
    await this.written;
    return one.file;
  }
}

function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((each) => {
    try {
      return [line.parse(JSON.parse(each))];
    } catch {
      return [];
    }
  });
}

function keyOf({ tryOnId, index }: { tryOnId: string; index: number }): string {
  return `${tryOnId}/${index}`;
}
