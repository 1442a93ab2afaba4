import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutFolder } from '../src/out-folder.js';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'catwalk-out-'));
});
afterEach(() => rmSync(base, { recursive: true }));

const at = (name: string) => join(base, 'results', name);

async function place(folder: OutFolder, file: string, content: string): Promise<boolean> {
  const part = await folder.makePart();
  await part.handle.writeFile(content);
  const isPlaced = await folder.placePart(part, file);
  if (!isPlaced) await folder.dropPart(part);
  return isPlaced;
}

describe('the folder of results', () => {
  it('is made, and a picture appears in it whole', async () => {
    const folder = await OutFolder.open('results', base);
    expect(await place(folder, 'a.png', 'picture')).toBe(true);
    expect(readFileSync(at('a.png'), 'utf8')).toBe('picture');
    expect(await folder.sizeOf('a.png')).toBe(7);
    await folder.close();
    expect(readdirSync(join(base, 'results'))).toEqual(['a.png']);
  });

  it('keeps what lies there: a picture overwrites nothing and goes through no link', async () => {
    const folder = await OutFolder.open('results', base);
    writeFileSync(join(base, 'precious'), 'precious');
    writeFileSync(at('mine.png'), 'mine');
    symlinkSync(join(base, 'precious'), at('link.png'));
    symlinkSync(join(base, 'new'), at('dangling.png'));
    for (const name of ['mine.png', 'link.png', 'dangling.png']) {
      expect(await place(folder, name, 'picture')).toBe(false);
      expect(await folder.sizeOf(name)).toBe(name === 'mine.png' ? 4 : null);
    }
    expect(readFileSync(at('mine.png'), 'utf8')).toBe('mine');
    expect(readFileSync(join(base, 'precious'), 'utf8')).toBe('precious');
    expect(existsSync(join(base, 'new'))).toBe(false);
    await folder.close();
  });

  it('replaces a link by its own file, and reads or extends none', async () => {
    const folder = await OutFolder.open('results', base);
    writeFileSync(join(base, 'precious'), 'precious');
    for (const name of ['results.csv', 'state', 'log']) symlinkSync(join(base, 'precious'), at(name));
    await folder.replace('results.csv', 'a,b\n');
    expect(readFileSync(at('results.csv'), 'utf8')).toBe('a,b\n');
    await expect(folder.read('state')).rejects.toThrow('is a link');
    await expect(folder.append('log')).rejects.toThrow('ELOOP');
    expect(readFileSync(join(base, 'precious'), 'utf8')).toBe('precious');
    await folder.close();
  });

  it.each(['../a.png', 'sub/a.png', '..', '.', '', '/etc/passwd'])('writes nothing as %j', async (name) => {
    const folder = await OutFolder.open('results', base);
    await expect(folder.replace(name, 'x')).rejects.toThrow('is no name of a file');
    expect(await place(folder, 'fine.png', 'x')).toBe(true);
    await folder.close();
  });

  it('is written by one run at a time; what a killed one left is taken away', async () => {
    mkdirSync(join(base, 'results'));
    writeFileSync(at('catwalk-batch.lock'), String(process.ppid));
    await expect(OutFolder.open('results', base)).rejects.toThrow(`another run (process ${process.ppid})`);
    writeFileSync(at('catwalk-batch.lock'), String(2 ** 22 + 1));
    writeFileSync(at('.catwalk-0123456789abcdef.part'), 'half a pic');
    const folder = await OutFolder.open('results', base);
    expect(readdirSync(join(base, 'results'))).toEqual(['catwalk-batch.lock']);
    await folder.close();
  });

  it('is refused with a sentence when it cannot be a folder', async () => {
    writeFileSync(join(base, 'results'), 'a file');
    await expect(OutFolder.open('results', base)).rejects.toThrow(/^results cannot be written: /);
  });

  it('keeps the old file when a new one cannot be read to its end', async () => {
    const folder = await OutFolder.open('results', base);
    await folder.replace('results.csv', 'old');
    const broken = (async function* () {
      yield Buffer.from('new');
      throw new Error('connection lost');
    })();
    await expect(folder.replace('results.csv', broken)).rejects.toThrow('connection lost');
    expect(readFileSync(at('results.csv'), 'utf8')).toBe('old');
    await folder.close();
    expect(readdirSync(join(base, 'results'))).toEqual(['results.csv']);
  });
});
