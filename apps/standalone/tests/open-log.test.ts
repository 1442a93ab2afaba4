import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@catwalk/testkit';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openLog } from '../src/open-log.js';

const folder = mkdtempSync(join(tmpdir(), 'catwalk-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the log of npm start', () => {
  it('is a file', async () => {
    const file = join(folder, 'catwalk.log');
    const log = openLog(file);
    log.write('a line\n');
    await eventually(() => expect(readFileSync(file, 'utf8')).toBe('a line\n'));
  });

  it('that cannot be written is told of once, and ends nothing', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const file = join(folder, 'a-folder');
    mkdirSync(file);
    const log = openLog(file);
    await eventually(() => expect(said).toHaveBeenCalledWith(expect.stringContaining(file)));
    log.write('a line\n');
    log.write('another\n');
    log.flush();
    expect(said).toHaveBeenCalledTimes(1);
    said.mockRestore();
  });
});
