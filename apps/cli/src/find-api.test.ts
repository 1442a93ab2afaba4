import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findApi } from './find-api.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catwalk-find-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SANDBOX = 'http://127.0.0.1:4310';
const LIVE = 'http://127.0.0.1:4320';

function runs(mode: 'sandbox' | 'live', left: Record<string, unknown> = {}): void {
  const home = join(folder, '.catwalk', mode);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'admin-key'), 'the-admin-key\n');
  const keyFile = mode === 'live' ? join(home, 'admin-key') : null;
  const url = mode === 'live' ? LIVE : SANDBOX;
  writeFileSync(join(home, 'api.json'), JSON.stringify({ url, mode, pid: process.pid, keyFile, ...left }));
}

describe('the API', () => {
  it('is the one that npm start runs here, with its key, also from a folder below', () => {
    runs('live');
    const below = join(folder, 'a/b');
    mkdirSync(below, { recursive: true });
    expect(findApi({}, {}, below)).toEqual({ url: LIVE, key: 'the-admin-key' });
    expect(findApi({}, { CATWALK_HOME: '../.catwalk' }, join(folder, 'a'))).toEqual({
      url: LIVE,
      key: 'the-admin-key',
    });
  });

  it('is asked without a key where none is kept', () => {
    runs('sandbox');
    expect(findApi({}, {}, folder)).toEqual({ url: SANDBOX, key: null });
  });

  it('is the one that is named: by option before environment', () => {
    runs('sandbox');
    const env = { CATWALK_URL: 'https://env.example', CATWALK_API_KEY: 'env-key' };
    expect(findApi({}, env, folder)).toEqual({ url: 'https://env.example', key: 'env-key' });
    expect(findApi({ url: 'https://option.example', key: 'option-key' }, env, folder)).toEqual({
      url: 'https://option.example',
      key: 'option-key',
    });
    expect(findApi({ key: 'option-key' }, {}, folder)).toEqual({ url: SANDBOX, key: 'option-key' });
  });

  it('is never sent the key of another', () => {
    runs('live');
    expect(findApi({ url: 'https://elsewhere.example' }, {}, folder).key).toBeNull();
    expect(findApi({ url: `${LIVE}/` }, {}, folder).key).toBe('the-admin-key');
  });

  it('is not one that was killed, and not one that nothing sensible was left of', () => {
    runs('sandbox', { pid: 2 ** 22 + 1 });
    expect(() => findApi({}, {}, folder)).toThrow(/no running Catwalk was found/);
    runs('sandbox', { url: 'nonsense' });
    expect(() => findApi({}, {}, folder)).toThrow(/npm start/);
  });

  it('has to be named when two are running', () => {
    runs('sandbox');
    runs('live');
    expect(() => findApi({}, {}, folder)).toThrow(/--url/);
    expect(findApi({ url: LIVE }, {}, folder).key).toBe('the-admin-key');
  });
});
