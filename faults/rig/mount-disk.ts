import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small disk of its own, in memory, which can be filled to the last byte. */
export interface SmallDisk {
  readonly folder: string;
  fill(): void;
  /** Takes away what filled it. */
  free(): void;
  unmount(): void;
}

const SIZE = '400m';

/** Only root on Linux may, and not in every container. */
export function canMount(): boolean {
  try {
    mountDisk().unmount();
    return true;
  } catch {
    return false;
  }
}

/** @throws Error where mounting is not allowed */
export function mountDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'catwalk-faults-disk-'));
  const filler = join(folder, 'filler');
  const unmount = () => {
    // What still holds it open is on its way out: it is gone from here at once.
    execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
    rmdirSync(folder);
  };
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'catwalk-faults', folder], {
      stdio: 'ignore',
    });
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  // The server's own user passes through it.
  chmodSync(folder, 0o755);
  return { folder, fill: () => fillUp(filler), free: () => rmSync(filler), unmount };
}

function fillUp(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (const bytes of [1_048_576, 4_096]) writeUntilFull(handle, Buffer.alloc(bytes));
  } finally {
    closeSync(handle);
  }
}

function writeUntilFull(handle: number, chunk: Buffer): void {
  try {
    while (writeSync(handle, chunk) === chunk.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
