import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  unlink,
} from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CliError } from './cli-error.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;
const LOCK = 'catwalk-batch.lock';
const PART = /^\.catwalk-[0-9a-f]{16}\.part$/;

/**
 * The folder that pictures and results go to. Whatever lies in it, nothing is written or read through a link, nothing
 * outside of it is touched, and a file that was there is never overwritten by a picture.
 */
export class OutFolder {
  /** As it was named, for messages. */
  readonly name: string;
  private readonly path: string;

  private constructor(name: string, path: string) {
    this.name = name;
    this.path = path;
  }

  /**
   * Makes the folder if needed, and holds it until `close`.
   *
   * @throws CliError when it cannot be used, or another run holds it
   */
  static async open(name: string, cwd: string): Promise<OutFolder> {
    const path = resolve(cwd, name);
    try {
      await mkdir(path, { recursive: true });
      const folder = new OutFolder(name, await realpath(path));
      await folder.lock();
      await folder.removeParts();
      return folder;
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw new CliError(`${name} cannot be written: ${(error as Error).message}`, 'out_unusable');
    }
  }

  async close(): Promise<void> {
    await this.remove(LOCK);
  }

  /** The text of a file; null if there is none. A link counts as none of ours. */
  async read(file: string): Promise<string | null> {
    try {
      const handle = await open(this.at(file), O_RDONLY | O_NOFOLLOW);
      try {
        return await handle.readFile('utf8');
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      if (codeOf(error) === 'ELOOP') throw new CliError(`${join(this.name, file)} is a link`, 'out_unusable');
      throw error;
    }
  }

  /** Opens a file for more lines at its end. */
  async append(file: string): Promise<FileHandle> {
    return open(this.at(file), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o644);
  }

  /** Writes a file of ours anew, whole or not at all; a link in its place is replaced, not followed. */
  async replace(file: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
    const part = await this.makePart();
    try {
      if (typeof content === 'string') await part.handle.writeFile(content);
      else for await (const chunk of content) await part.handle.writeFile(chunk);
      await part.handle.close();
      await rename(this.at(part.name), this.at(file));
    } catch (error) {
      await this.dropPart(part);
      throw error;
    }
  }

  async remove(file: string): Promise<void> {
    await unlink(this.at(file)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }

  /** Bytes of an ordinary file; null for anything else. */
  async sizeOf(file: string): Promise<number | null> {
    const found = await lstat(this.at(file)).catch(() => null);
    return found?.isFile() === true ? found.size : null;
  }

  /** A file that is not yet finished, under a name that nobody else uses. */
  async makePart(): Promise<Part> {
    const name = `.catwalk-${randomBytes(8).toString('hex')}.part`;
    const handle = await open(this.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    return { name, handle };
  }

  /** Gives a finished file its name; false when something has that name already. */
  async placePart(part: Part, file: string): Promise<boolean> {
    await part.handle.close();
    try {
      await link(this.at(part.name), this.at(file));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      return this.renamePart(part, file);
    }
    await unlink(this.at(part.name));
    return true;
  }

  /** For file systems without hard links; only one run writes here, so that looking first is enough. */
  private async renamePart(part: Part, file: string): Promise<boolean> {
    const isThere = await lstat(this.at(file)).then(
      () => true,
      () => false,
    );
    if (isThere) return false;
    await rename(this.at(part.name), this.at(file));
    return true;
  }

  async dropPart(part: Part): Promise<void> {
    await part.handle.close().catch(() => undefined);
    await this.remove(part.name);
  }

  private at(file: string): string {
    if (basename(file) !== file || file === '' || file === '.' || file === '..')
      throw new Error(`${file} is no name of a file in ${this.name}`);
    return join(this.path, file);
  }

  private async removeParts(): Promise<void> {
    for (const entry of await readdir(this.path)) if (PART.test(entry)) await this.remove(entry);
  }

  private async lock(): Promise<void> {
    for (;;) {
      try {
        const handle = await open(this.at(LOCK), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
        await handle.writeFile(String(process.pid));
        await handle.close();
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        await this.breakLock();
      }
    }
  }

  /** A run that was killed could not take its lock away. */
  private async breakLock(): Promise<void> {
    const pid = Number(await this.read(LOCK));
    if (pid > 0 && pid !== process.pid && isAlive(pid))
      throw new CliError(`another run (process ${pid}) writes to ${this.name}`, 'out_in_use');
    await this.remove(LOCK);
  }
}

/** A file that is not yet finished. */
export interface Part {
  readonly name: string;
  readonly handle: FileHandle;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
