import { createServer, type Server } from 'node:http';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCatalogue, sampleTryOns } from '../src/index.js';
import { createRig, type Json, listen, type Rig } from './rig.js';

let rig: Rig;
let host: Server;
let hostUrl: string;

beforeAll(async () => {
  rig = await createRig({ allowPrivateAddresses: true, dials: { delayMs: 1, pictures: 'compose' } });
  host = createServer((request, response) => {
    if (request.url === '/text.png') response.end('this is no picture');
    else if (request.url === '/svg.png')
      response.end('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    else if (request.url === '/vast.png') response.end(pngOfSides(8_000));
    else if (request.url === '/big.png') response.end(Buffer.alloc(11 * 1024 * 1024));
    else response.writeHead(404).end();
  });
  hostUrl = await listen(host);
});
afterAll(async () => {
  await rig.close();
  host.closeAllConnections();
  host.close();
});

/** A picture that says how large it is, and holds next to nothing. */
function pngOfSides(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(1_000));
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function tryOn(fields: Record<string, unknown>): Promise<Json> {
  const { body } = await rig.submit({ dressInput: null, ...fields });
  await rig.whenIdle();
  return (await rig.task(body.task.id)).body;
}

describe('the sample catalogue', () => {
  it('has four people and six garments, all of them pictures, no two alike', async () => {
    const pictures = await Promise.all(sampleCatalogue.map(({ path }) => download(rig.url + path)));
    expect(pictures).toHaveLength(10);
    expect(new Set(pictures.map((picture) => picture.toString('base64'))).size).toBe(10);
    for (const [index, picture] of pictures.entries()) {
      const { width, height } = await sharp(picture).metadata();
      const person = sampleCatalogue[index]?.kind === 'person';
      expect([width, height]).toEqual(person ? [768, 1024] : [768, 768]);
    }
    expect(sampleTryOns(rig.url)).toHaveLength(24);
    expect((await fetch(`${rig.url}/samples/person-5.png`)).status).toBe(404);
  });
});

describe('a composed result', () => {
  it('differs from the person, between garments and between variants', async () => {
    const humanImage = `${rig.url}/samples/person-1.png`;
    const red = await tryOn({ humanImage, dressInput: `${rig.url}/samples/dress-1.png`, imageCount: 4 });
    const jeans = await tryOn({
      humanImage,
      upperInput: `${rig.url}/samples/upper-2.png`,
      lowerInput: `${rig.url}/samples/lower-1.png`,
    });
    const urls = [...red.works, ...jeans.works].map((work) => work.resource.resource);
    const pictures = await Promise.all(urls.map(download));
    expect(new Set(pictures.map((picture) => picture.toString('base64'))).size).toBe(5);
    const colourAt = async (picture: Buffer | undefined, left: number, top: number): Promise<number[]> => [
      ...(await sharp(picture).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer()),
    ];
    const [r, , b] = await colourAt(pictures[0], 340, 400);
    expect(r).toBeGreaterThan((b ?? 0) + 80);
    const [, green, blue] = await colourAt(pictures[4], 340, 400);
    expect(green).toBeGreaterThan(blue ?? 255);
    const denim = await colourAt(pictures[4], 310, 700);
    expect(denim[2]).toBeGreaterThan((denim[0] ?? 255) + 50);
  });

  it('is made of uploaded assets as well', async () => {
    const photo = await sharp({ create: { width: 600, height: 800, channels: 3, background: '#88aacc' } })
      .jpeg()
      .toBuffer();
    const upload = await rig.call('POST', '/v1/kling/assets', new Uint8Array(photo), {
      'content-type': 'image/jpeg',
    });
    expect(upload).toMatchObject({ status: 200, body: { status: 3, message: '' } });
    expect(await download(upload.body.url)).toEqual(photo);
    const task = await tryOn({ humanImage: upload.body.url, lowerInput: `${rig.url}/samples/lower-2.png` });
    await download(task.works[0].resource.resource);
  });

  it.each([
    ['an address that answers 404', '/gone.png', /^upload resource: image download failed with status 404$/],
    ['something that is no picture', '/text.png', /^upload resource: image cannot be decoded$/],
    ['an SVG', '/svg.png', /^upload resource: image format svg not supported$/],
    ['a few bytes that unpack to 64 million pixels', '/vast.png', /cannot be decoded$/],
    ['more than 10 MB', '/big.png', /^upload resource: image larger than 10MB$/],
  ])('is not made of %s: the task fails and says why', async (_title, path, message) => {
    const person = `${rig.url}/samples/person-2.png`;
    const task = await tryOn({ humanImage: person, dressInput: hostUrl + path });
    expect(task).toMatchObject({ status_name: 'failed', status_final: true, status: 50, works: [] });
    expect(task.message).toMatch(message);
  });
});

describe('an asset', () => {
  it.each([
    ['another type', 'image/webp', 'x', /is not supported\. Valid values: image\/png, image\/jpeg/],
    ['no picture', 'image/png', 'x', /cannot be decoded/],
  ])('of %s is refused', async (_title, type, body, message) => {
    const { status, body: answer } = await rig.call('POST', '/v1/kling/assets', body, {
      'content-type': type,
    });
    expect(status).toBe(400);
    expect(answer.error).toMatch(message);
  });

  it('beyond 10 MB or below 300 pixels is refused', async () => {
    const small = await sharp({ create: { width: 299, height: 400, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const send = (bytes: Uint8Array) =>
      rig.call('POST', '/v1/kling/assets', bytes, { 'content-type': 'image/png' });
    expect(await send(new Uint8Array(small))).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/300px/) },
    });
    expect(await send(new Uint8Array(11 * 1024 * 1024))).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/10 MB/) },
    });
  });
});
