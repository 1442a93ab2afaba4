import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { leaveApiAddress } from '../src/leave-api-address.js';
import { prepareHome } from '../src/prepare-home.js';

const folder = mkdtempSync(join(tmpdir(), 'catwalk-address-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('the address of the API lies in its home while it runs, for its owner alone', async () => {
  const home = prepareHome(folder, 'live');
  const keyFile = home.secret('admin-key').path;
  const takeAway = leaveApiAddress(home, { url: 'http://127.0.0.1:4310', mode: 'live', keyFile });
  const path = join(folder, 'live/api.json');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    url: 'http://127.0.0.1:4310',
    mode: 'live',
    keyFile,
    pid: process.pid,
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await takeAway();
  expect(existsSync(path)).toBe(false);
});
