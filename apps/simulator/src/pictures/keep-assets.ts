import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Assets = {
  /** Returns the path it is served at: another one for each account. */
  keep(bytes: Buffer, type: string, account: string): Promise<string>;
  find(path: string): Promise<Buffer | null>;
};

const bytesMax = 256 * 1024 * 1024;

/** In memory, oldest dropped first; with a folder also there, so that they outlive a restart. */
export function createAssets(folder: string | null): Assets {
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  return {
    async keep(picture, type, account) {
      const hash = createHash('sha256').update(picture).update(account).digest('hex').slice(0, 40);
      const name = `${hash}.${type === 'image/png' ? 'png' : 'jpg'}`;
      if (!kept.has(name)) bytes += picture.length;
      kept.set(name, picture);
      for (const [oldName, old] of kept) {
        if (bytes <= bytesMax) break;
        kept.delete(oldName);
        bytes -= old.length;
      }
      if (folder !== null) await writeAsset(folder, name, picture);
      return `/assets/${name}`;
    },
    async find(path) {
      const name = /^\/assets\/([0-9a-f]{40}\.(?:png|jpg))$/.exec(path)?.[1];
      if (name === undefined) return null;
      return (
        kept.get(name) ?? (folder === null ? null : await readFile(join(folder, name)).catch(() => null))
      );
    },
  };
}

async function writeAsset(folder: string, name: string, picture: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, name), picture, { mode: 0o600 });
}
