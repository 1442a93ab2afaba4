import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type S3Server, startS3Server } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPictureStore, type PictureStore } from '../../src/pictures/index.js';

let s3: S3Server;
let folder: string;

beforeAll(async () => {
  s3 = await startS3Server();
  folder = await mkdtemp(join(tmpdir(), 'catwalk-pictures-'));
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

const onS3 = (change: object = {}) =>
  openPictureStore({ kind: 's3', ...s3, prefix: 'shop/', region: 'us-east-1', ...change });
const onDisk = () => openPictureStore({ kind: 'disk', folder: join(folder, 'sandbox/pictures') });

async function read(store: PictureStore, key: string, range?: { start: number; end: number }) {
  const kept = await store.open(key, range);
  return kept === null ? null : { bytes: kept.bytes, body: await buffer(kept.stream) };
}

describe.each([
  ['on disk', onDisk],
  ['in a bucket', onS3],
])('pictures %s', (_where, open) => {
  const picture = randomBytes(300_000);
  const key = 'try-ons/ab/try_1-0.png';

  it('come back byte for byte, whole or in part, until they are removed', async () => {
    const store = open();
    await store.put(key, Buffer.from('first'), 'image/png');
    await store.put(key, picture, 'image/png');
    expect(await read(store, key)).toEqual({ bytes: picture.byteLength, body: picture });
    expect(await read(store, key, { start: 10, end: 19 })).toEqual({
      bytes: 10,
      body: picture.subarray(10, 20),
    });
    await store.remove([key, 'try-ons/ab/never-there.png', 'nowhere/at-all.png']);
    expect(await read(store, key)).toBeNull();
    expect(await read(store, 'nowhere/at-all.png')).toBeNull();
    await store.close();
  });

  it('pass the start-up check where they can be kept, and leave nothing of it', async () => {
    const store = open();
    await store.check();
    await store.close();
  });

  it.each(['../out.png', '/etc/passwd', 'a/../b', '.hidden/a', 'a//b', 'a\0b', 'a/', '', 'x'.repeat(201)])(
    'have keys of plain words: %j is none',
    async (bad) => {
      const store = open();
      await expect(store.put(bad, picture, 'image/png')).rejects.toThrow('no key');
      await expect(store.open(bad)).rejects.toThrow('no key');
      await store.close();
    },
  );
});

describe('pictures on disk', () => {
  it('are for their owner alone, and nothing half-written stays beside them', async () => {
    const store = onDisk();
    await store.put('try-ons/cd/try_2-0.png', randomBytes(10), 'image/png');
    const root = join(folder, 'sandbox/pictures');
    expect((await stat(join(root, 'try-ons/cd/try_2-0.png'))).mode & 0o777).toBe(0o600);
    for (const each of ['', 'try-ons', 'try-ons/cd'])
      expect((await stat(join(root, each))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(root, '.incoming'))).toEqual([]);
  });

  it('are never read or written through a link', async () => {
    const root = join(folder, 'sandbox/pictures');
    const secret = join(folder, 'secret');
    await writeFile(secret, 'do not tell');
    const store = onDisk();
    await store.put('linked/real.png', randomBytes(10), 'image/png');
    await symlink(secret, join(root, 'linked/file.png'));
    await expect(store.open('linked/file.png')).rejects.toThrow();
    await symlink(folder, join(root, 'away'));
    await expect(store.open('away/secret')).rejects.toThrow('link');
    await expect(store.put('away/new.png', randomBytes(1), 'image/png')).rejects.toThrow('link');
    // What replaces a link is a file, and what the link led to stays as it is.
    await store.put('linked/file.png', Buffer.from('a picture'), 'image/png');
    expect((await read(store, 'linked/file.png'))?.body.toString()).toBe('a picture');
    expect((await stat(secret)).size).toBe(11);
  });

  it('lose what was half-written an hour ago at the next start', async () => {
    const incoming = join(folder, 'sandbox/pictures/.incoming');
    await writeFile(join(incoming, 'old'), 'half');
    await utimes(join(incoming, 'old'), 1, 1);
    await writeFile(join(incoming, 'new'), 'half');
    await onDisk().check();
    expect(await readdir(incoming)).toEqual(['new']);
  });

  it('refuse the start in a sentence where nothing can be written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await chmod(file, 0o400);
    await expect(openPictureStore({ kind: 'disk', folder: join(file, 'pictures') }).check()).rejects.toThrow(
      /pictures cannot be kept in .*a-file.*CATWALK_HOME/,
    );
  });
});

describe('pictures in a bucket', () => {
  it.each([
    ['another bucket', { bucket: 'no-such-bucket' }],
    ['another key', { credentials: { accessKeyId: 'STRANGER', secretAccessKey: 'not-it-at-all' } }],
  ])('refuse the start in a sentence with %s, and tell no secret', async (_what, change) => {
    const store = onS3(change);
    const refused = await store.check().then(
      () => null,
      (error: Error) => error,
    );
    expect(refused?.name).toBe('StartRefusedError');
    expect(refused?.message).toMatch(/^pictures cannot be kept in the bucket .*ARCHIVE_URL/);
    expect(refused?.message).not.toContain('not-it-at-all');
    await store.close();
  });
});
