import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectPicture, openPictureStore } from '@catwalk/infra/pictures';
import { pictureKey } from '@catwalk/infra/postgres';
import { databaseForFile, drawPicture } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveImage, beginArchiving } from './archive-image.js';
import { submit, succeed } from './move-job.js';
import { as, garment, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const folder = await mkdtemp(join(tmpdir(), 'catwalk-images-'));
const place = { kind: 'disk', folder } as const;
const api = await startApi(database.url, { ...keyed, pictures: place });
const store = openPictureStore(place);
let picture: Buffer;
let sha256: string;

beforeAll(async () => {
  await beginArchiving(api.database);
  picture = await drawPicture({ width: 300, height: 400 });
  sha256 = createHash('sha256').update(picture).digest('hex');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let tasks = 0;
const create = async (): Promise<string> => (await api.post('/v1/try-ons', garment, as('anna'))).body.id;
/** A job that succeeded with one picture, still at the provider. */
async function succeeded(): Promise<string> {
  const id = await create();
  tasks += 1;
  await succeed(api.database, id, `90${tasks}`);
  return id;
}

/** Puts its picture into the archive, as the worker would. */
async function archived(): Promise<string> {
  const id = await succeeded();
  await archiveImage(api.database, place, id, picture);
  return id;
}

const get = (path: string, headers: Record<string, string> = as('anna'), method = 'GET') =>
  fetch(`${api.url}${path}`, { method, headers });
const imageOf = async (id: string) =>
  (await api.request(`/v1/try-ons/${id}`, { headers: as('anna') })).body.images[0];
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const pathOf = (id: string, query = '') => `/v1/try-ons/${id}/images/0${query}`;

describe('an archived image', () => {
  it('is what the try-on shows from then on: our address, with what the picture is', async () => {
    const id = await archived();
    const image = await imageOf(id);
    expect(image).toEqual({
      index: 0,
      url: expect.stringMatching(
        new RegExp(`^${api.url}/v1/try-ons/${id}/images/0\\?expires=\\d+&signature=[\\w-]{43}$`),
      ),
      providerUrl: 'https://cdn.example/result.png?sig=s3cret',
      width: 300,
      height: 400,
      contentType: 'image/png',
      bytes: picture.byteLength,
      sha256,
      archivedAt: expect.any(String),
      archiveError: null,
    });
    expect((await imageOf(id)).url).toBe(image.url);
    const task = await api.post('/v1/kling/images/virtual-try-on', garment, as('anna'));
    expect(task.body.works).toEqual([]);
  });

  it('comes with its address alone, without a key, also into a page of somebody else', async () => {
    const { url } = await imageOf(await archived());
    const response = await fetch(url, {
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' },
    });
    expect(response.status).toBe(200);
    expect(await bytesOf(response)).toEqual(picture);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(picture.byteLength),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, max-age=3600',
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
    });
  });

  it('comes with a key that may see the try-on, and with no other', async () => {
    const path = pathOf(await archived());
    expect((await get(path)).status).toBe(200);
    expect((await get(path, as('admin'))).status).toBe(200);
    expect((await get(path, as('ben'))).status).toBe(404);
    expect((await get(path, {})).status).toBe(401);
  });

  it.each<[string, (url: URL) => void]>([
    ['another image', (url) => Object.assign(url, { pathname: url.pathname.replace(/0$/, '1') })],
    [
      'a later end',
      (url) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 86_400)),
    ],
    ['a forged signature', (url) => url.searchParams.set('signature', 'A'.repeat(43))],
    ['no end', (url) => url.searchParams.delete('expires')],
  ])('does not come for %s', async (_what, change) => {
    const url = new URL((await imageOf(await archived())).url);
    change(url);
    expect((await fetch(url)).status).toBe(401);
  });

  it('is answered with 304 while it is what the caller has', async () => {
    const path = pathOf(await archived());
    const response = await get(path, { ...as('anna'), 'if-none-match': `"other", "${sha256}"` });
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([
      304,
      `"${sha256}"`,
      '',
    ]);
    expect((await get(path, { ...as('anna'), 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is told by HEAD without being sent', async () => {
    const response = await get(pathOf(await archived()), as('anna'), 'HEAD');
    expect([response.status, response.headers.get('content-length')]).toEqual([
      200,
      String(picture.byteLength),
    ]);
    expect((await bytesOf(response)).byteLength).toBe(0);
  });

  it.each<[string, string, number, number]>([
    ['from the beginning', 'bytes=0-9', 0, 10],
    ['in the middle', 'bytes=10-19', 10, 20],
    ['to its end', 'bytes=10-', 10, Number.POSITIVE_INFINITY],
    ['its end', 'bytes=-7', -7, Number.POSITIVE_INFINITY],
    ['beyond its end', 'bytes=10-99999999', 10, Number.POSITIVE_INFINITY],
  ])('comes in part: %s', async (_what, range, first, last) => {
    const path = pathOf(await archived());
    const response = await get(path, { ...as('anna'), range });
    const part = picture.subarray(first, Math.min(last, picture.byteLength));
    expect(response.status).toBe(206);
    expect(await bytesOf(response)).toEqual(part);
    const start = first < 0 ? picture.byteLength + first : first;
    expect(response.headers.get('content-range')).toBe(
      `bytes ${start}-${start + part.byteLength - 1}/${picture.byteLength}`,
    );
  });

  it('comes whole for several ranges, for a broken one, and where it is another by now', async () => {
    const path = pathOf(await archived());
    for (const headers of [
      { range: 'bytes=0-1,4-5' },
      { range: 'lines=1-2' },
      { range: 'bytes=0-1', 'if-range': '"another"' },
    ] as Record<string, string>[])
      expect((await get(path, { ...as('anna'), ...headers })).status).toBe(200);
    expect((await get(path, { ...as('anna'), range: 'bytes=0-1', 'if-range': `"${sha256}"` })).status).toBe(
      206,
    );
  });

  it('has no bytes behind its end', async () => {
    const path = pathOf(await archived());
    const response = await get(path, { ...as('anna'), range: `bytes=${picture.byteLength}-` });
    expect([response.status, response.headers.get('content-range')]).toEqual([
      416,
      `bytes */${picture.byteLength}`,
    ]);
    expect(await response.json()).toMatchObject({ code: 'range_not_satisfiable' });
  });

  it('is not found once its file is gone, and that is told in the log', async () => {
    const id = await archived();
    const [row] = await api.database.prisma.archivedImage.findMany({ where: { tryOnId: id } });
    await store.remove([pictureKey(row ?? { attemptId: '', position: 0 })]);
    const response = await get(pathOf(id));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      404,
      'image_not_found',
    ]);
    expect(response.headers.get('etag')).toBeNull();
    expect(api.lines.some((line) => line.includes('image.missing'))).toBe(true);
  });
});

describe('an image that is not archived', () => {
  it('says so, and how to have it', async () => {
    const id = await succeeded();
    const response = await api.request(pathOf(id), { headers: as('anna') });
    expect(response).toMatchObject({ status: 404, body: { code: 'image_not_archived', retryable: true } });
    expect((await imageOf(id)).url).toBe('https://cdn.example/result.png?sig=s3cret');
  });

  it('is none where the try-on has none of this number, or where there is no such try-on', async () => {
    const id = await archived();
    for (const path of ['1', '99', '-1', 'x', '100'])
      expect(await api.request(`/v1/try-ons/${id}/images/${path}`, { headers: as('anna') })).toMatchObject({
        status: 404,
        body: { code: 'image_not_found' },
      });
    const other = `/v1/try-ons/try_${'0'.repeat(32)}/images/0`;
    expect(await api.request(other, { headers: as('anna') })).toMatchObject({
      body: { code: 'try_on_not_found' },
    });
  });
});

describe('a thumbnail', () => {
  it('is so many pixels wide, made once and kept', async () => {
    const id = await archived();
    const answers = await Promise.all(Array.from({ length: 8 }, () => get(pathOf(id, '?width=64'))));
    const all = await Promise.all(answers.map(bytesOf));
    expect(await inspectPicture(all[0] ?? Buffer.alloc(0))).toMatchObject({
      contentType: 'image/webp',
      width: 64,
      height: 85,
    });
    for (const one of all) expect(one).toEqual(all[0]);
    expect(answers[0]?.headers.get('content-type')).toBe('image/webp');
    expect(answers[0]?.headers.get('etag')).toBe(`"${sha256}-w64"`);
    const [row] = await api.database.prisma.archivedImage.findMany({ where: { tryOnId: id } });
    expect(row?.thumbnails).toEqual([64]);
    expect(await bytesOf(await get(pathOf(id, '?width=64')))).toEqual(all[0]);
  });

  it('has the signature of its picture', async () => {
    const { url } = await imageOf(await archived());
    expect((await fetch(`${url}&width=32`)).headers.get('content-type')).toBe('image/webp');
  });

  it('that would be no smaller is the picture itself', async () => {
    const response = await get(pathOf(await archived(), '?width=300'));
    expect(await bytesOf(response)).toEqual(picture);
  });

  it.each(['15', '2049', 'wide', '64.5', '-64'])('is refused %s pixels wide', async (width) => {
    expect((await get(pathOf(await archived(), `?width=${width}`))).status).toBe(400);
  });

  it('is kept in a few widths only, however many are asked for', async () => {
    const id = await archived();
    for (let width = 16; width < 36; width += 1)
      expect((await get(pathOf(id, `?width=${width}`))).status).toBe(200);
    const [row] = await api.database.prisma.archivedImage.findMany({ where: { tryOnId: id } });
    expect(row?.thumbnails).toHaveLength(12);
  });
});

describe('a deleted try-on', () => {
  const remove = (id: string, caller: 'anna' | 'ben' = 'anna') =>
    api.request(`/v1/try-ons/${id}`, { method: 'DELETE', headers: as(caller) });

  it('keeps its bill and nothing else: no picture, input, label, callback or detail', async () => {
    const labelled = {
      ...garment,
      customId: 'sku-1',
      metadata: { sku: 'D-1' },
      replyUrl: 'https://shop.example/hook',
    };
    const headers = { ...as('anna'), 'idempotency-key': 'deleted once' };
    const { body } = await api.post('/v1/try-ons', labelled, headers);
    tasks += 1;
    await succeed(api.database, body.id, `90${tasks}`);
    const [kept] = await archiveImage(api.database, place, body.id, picture);
    await get(pathOf(body.id, '?width=40'));
    const before = (await api.request('/v1/usage', { headers: as('admin') })).body.total;
    const { url } = await imageOf(body.id);

    const deleted = await remove(body.id);

    expect(deleted.status).toBe(200);
    expect(deleted.body).toMatchObject({
      id: body.id,
      status: 'succeeded',
      account: 'anna@example.com',
      attempts: 1,
      deletedAt: expect.any(String),
      humanImage: null,
      dressInput: null,
      customId: null,
      replyUrl: null,
      metadata: {},
      images: [],
    });
    expect((await fetch(url)).status).toBe(404);
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((name) => name.includes(kept?.attemptId ?? ''))).toEqual([]);
    expect((await api.request('/v1/usage', { headers: as('admin') })).body.total).toEqual(before);
    const timeline = await api.request(`/v1/try-ons/${body.id}/timeline`, { headers: as('anna') });
    expect(timeline.body.data.map((entry: { kind: string }) => entry.kind)).toEqual(['try_on.deleted']);
    const attempts = await api.database.prisma.attempt.findMany({ where: { tryOnId: body.id } });
    expect(attempts).toMatchObject([{ imagesBilled: 1, images: [], exchange: null }]);
    const again = await api.post('/v1/try-ons', labelled, headers);
    expect([again.status, again.body.id, again.body.deletedAt !== null]).toEqual([202, body.id, true]);
    expect((await remove(body.id)).body).toEqual(deleted.body);
  });

  it('is none while it is open, or while an attempt of it is at the provider', async () => {
    const id = await create();
    expect(await remove(id)).toMatchObject({ status: 409, body: { code: 'not_deletable' } });
    await submit(api.database, id);
    expect((await api.post(`/v1/try-ons/${id}/cancel`, {}, as('anna'))).status).toBe(200);
    expect(await remove(id)).toMatchObject({ status: 409, body: { code: 'not_deletable' } });
  });

  it('is its owner’s to delete', async () => {
    expect(await remove(await succeeded(), 'ben')).toMatchObject({ status: 404 });
  });

  it('cannot be retried', async () => {
    const id = await create();
    await api.post(`/v1/try-ons/${id}/cancel`, {}, as('anna'));
    await remove(id);
    expect(await api.post(`/v1/try-ons/${id}/retry`, {}, as('anna'))).toMatchObject({
      status: 409,
      body: { code: 'not_retryable' },
    });
  });
});
