import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectPicture } from '@catwalk/infra/pictures';
import { databaseForFile, drawPicture, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const folder = join(tmpdir(), `catwalk-assets-${process.pid}`);
const api = await startApi(database.url, { ...keyed, pictures: { kind: 'disk', folder } });
afterAll(() => rm(folder, { recursive: true, force: true }));

const send = (
  bytes: Buffer,
  type = 'image/png',
  path = '/v1/assets',
  who: 'anna' | 'ben' | 'admin' = 'anna',
) =>
  api.request(path, {
    method: 'POST',
    headers: { ...as(who), 'content-type': type },
    body: new Uint8Array(bytes),
  });
const keyOf = async (id: string) =>
  (await api.database.prisma.asset.findUniqueOrThrow({ where: { id } })).key ?? '';
const kept = async (id: string) => readFile(join(folder, await keyOf(id)));

describe('a picture that is sent', () => {
  it('becomes an address of its own, which nobody guesses, for 30 days', async () => {
    const { status, headers, body } = await send(await drawPicture());
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/assets/${body.id}`);
    expect(body).toMatchObject({
      object: 'asset',
      livemode: false,
      client: 'anna',
      account: null,
      contentType: 'image/png',
      width: 320,
      height: 400,
    });
    expect(body.url).toMatch(/^https:\/\/hooks\.example\/assets\/[\w-]{43}\.png$/);
    const days = (Date.parse(body.expiresAt) - Date.parse(body.createdAt)) / 86_400_000;
    expect(days).toBeCloseTo(30, 3);
    expect((await api.request(`/v1/assets/${body.id}`, { headers: as('anna') })).body).toEqual(body);
  });

  it('may be named by a try-on of its client', async () => {
    const { url } = (await send(await drawPicture({ color: 1 }))).body;
    const made = await api.post('/v1/try-ons', { humanImage: url, dressInput: url }, as('anna'));
    expect([made.status, made.body.humanImage, made.body.email]).toEqual([202, url, null]);
  });

  it('is the same asset when its bytes come again, kept on, and its own for each client', async () => {
    const bytes = await drawPicture({ color: 2 });
    const first = (await send(bytes)).body;
    await runSql(
      database.url,
      `UPDATE catwalk.asset SET expires_at = now() + interval '1 hour' WHERE id = $1`,
      [first.id],
    );
    const again = await send(bytes, 'image/jpeg');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect([again.body.id, again.body.url]).toEqual([first.id, first.url]);
    expect(Date.parse(again.body.expiresAt)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    const other = (await send(bytes, 'image/png', '/v1/assets', 'ben')).body;
    expect(other.id).not.toBe(first.id);
    expect((await api.request(`/v1/assets/${first.id}`, { headers: as('ben') })).body.code).toBe(
      'asset_not_found',
    );
    expect((await api.request(`/v1/assets/${first.id}`, { headers: as('admin') })).status).toBe(200);
  });

  it('is made once however many send it at the same time', async () => {
    const bytes = await drawPicture({ color: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(bytes)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('is put into its place again when it was lost there', async () => {
    const bytes = await drawPicture({ color: 4 });
    const { id } = (await send(bytes)).body;
    await rm(join(folder, await keyOf(id)));
    expect((await send(bytes)).body.id).toBe(id);
    expect((await kept(id)).length).toBeGreaterThan(100);
  });

  it('is another asset, under another address, when the first one has expired', async () => {
    const bytes = await drawPicture({ color: 5 });
    const first = (await send(bytes)).body;
    await runSql(
      database.url,
      `UPDATE catwalk.asset SET expires_at = now() - interval '1 second', removed_at = now() WHERE id = $1`,
      [first.id],
    );
    expect((await api.request(`/v1/assets/${first.id}`, { headers: as('anna') })).status).toBe(404);
    const again = await send(bytes);
    expect(again.status).toBe(201);
    expect(again.body.url).not.toBe(first.url);
  });

  it.each([
    ['WebP becomes JPEG', { format: 'webp' }, 'image/jpeg', 320, 400],
    ['WebP one can see through becomes PNG', { format: 'webp', seeThrough: true }, 'image/png', 320, 400],
    ['JPEG stays JPEG', { format: 'jpeg' }, 'image/jpeg', 320, 400],
    [
      'what a camera took sideways stands upright',
      { format: 'jpeg', orientation: 6 },
      'image/jpeg',
      400,
      320,
    ],
  ] as const)('is what the provider takes: %s', async (_, wanted, contentType, width, height) => {
    const bytes = await drawPicture({ ...wanted, color: 0x10 });
    const { status, body } = await send(bytes, `image/${wanted.format}`);
    expect([status, body]).toMatchObject([201, { contentType, width, height }]);
    const stored = await kept(body.id);
    expect(body.bytes).toBe(stored.length);
    expect(await inspectPicture(stored)).toMatchObject({ kind: 'picture', contentType, width, height });
    // No EXIF: where somebody was, and when, travels no further.
    expect(stored.includes('Exif')).toBe(false);
  });

  it('is taken as the one file of a form', async () => {
    const form = new FormData();
    form.set('picture', new Blob([new Uint8Array(await drawPicture({ color: 6 }))]), 'anna.png');
    const { status, body } = await api.request('/v1/assets', {
      method: 'POST',
      headers: as('anna'),
      body: form,
    });
    expect([status, body.contentType]).toEqual([201, 'image/png']);
  });
});

describe('a picture that cannot be taken is refused in a sentence', () => {
  const bomb = async () => {
    const bytes = await drawPicture();
    bytes.writeUInt32BE(30_000, 16);
    bytes.writeUInt32BE(30_000, 20);
    return bytes;
  };
  it.each([
    [
      'an SVG',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      /not a JPEG, PNG or WebP/,
    ],
    ['a web page', async () => Buffer.from('<html></html>'), /not a JPEG, PNG or WebP/],
    ['a GIF', () => drawPicture({ format: 'gif' }), /not a JPEG, PNG or WebP/],
    ['nothing', async () => Buffer.alloc(0), /The picture is empty/],
    ['a small one', () => drawPicture({ width: 299 }), /299 x 400 pixels, and each side needs at least 300/],
    ['one that unpacks to very much', bomb, /more than 64 million pixels/],
    [
      'half of one',
      async () => (await drawPicture({ format: 'jpeg' })).subarray(0, 700),
      /damaged|not a JPEG/,
    ],
  ])('%s', async (_, bytes, detail) => {
    const { status, body } = await send(await bytes());
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.detail).toMatch(detail);
  });

  it('one of more than 10 MB, by its announced length and while it comes', async () => {
    const large = Buffer.alloc(10 * 1_048_576 + 1);
    expect((await send(large)).status).toBe(413);
    const form = new FormData();
    form.set('file', new Blob([large]));
    const answer = await api.request('/v1/assets', { method: 'POST', headers: as('anna'), body: form });
    expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
  });

  it('a body of another type, a form of two files, one with a field', async () => {
    expect((await send(await drawPicture(), 'image/svg+xml')).status).toBe(415);
    const two = new FormData();
    two.set('a', new Blob(['1']));
    two.set('b', new Blob(['2']));
    const field = new FormData();
    field.set('a', 'text');
    for (const body of [two, field]) {
      const answer = await api.request('/v1/assets', { method: 'POST', headers: as('anna'), body });
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    }
  });

  it('and leaves nothing behind', async () => {
    const before = await api.database.prisma.asset.count();
    await send(Buffer.from('<html></html>'));
    expect(await api.database.prisma.asset.count()).toBe(before);
  });
});

it('the drop-in upload answers as the provider does', async () => {
  const { status, body } = await send(
    await drawPicture({ color: 7, format: 'webp' }),
    'image/webp',
    '/v1/kling/assets/?email=anna%40example.com',
  );
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 3,
    url: expect.stringMatching(/^https:\/\/hooks\.example\/assets\//),
    message: '',
    fileName: expect.stringMatching(/\.jpg$/),
  });
  const refused = await send(Buffer.from('no'), 'image/png', '/v1/kling/assets');
  expect([refused.status, refused.body]).toEqual([400, { error: expect.stringContaining('not a JPEG') }]);
});

it('no address of an asset is told to the log', () => {
  expect(api.lines.join('')).not.toMatch(/\/assets\/[\w-]{43}/);
});
