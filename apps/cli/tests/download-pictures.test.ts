import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type ImageServer, pngOf, startImageServer } from '@catwalk/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Downloads } from '../src/download-pictures.js';
import type { Pause } from '../src/fetch-picture.js';
import { KeptPictures } from '../src/keep-pictures.js';
import { OutFolder } from '../src/out-folder.js';

const png = pngOf(600, 800);
/** Statuses that an address answers with first, one after the other. */
const failing = new Map<string, number[]>();
/** The waits between tries of the running test. */
const pausesMs: number[] = [];
let server: ImageServer;
let out = '';

beforeAll(async () => {
  server = await startImageServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const status = failing.get(pathname)?.shift();
    if (status !== undefined) return response.writeHead(status).end();
    if (pathname === '/gone.png') return response.writeHead(404).end();
    if (pathname === '/page.png')
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<p>no');
    if (pathname === '/cut.png') {
      response.writeHead(200, { 'content-length': '1000' }).write(png);
      return setImmediate(() => response.destroy());
    }
    return response.writeHead(200, { 'content-type': 'image/png' }).end(png);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  pausesMs.length = 0;
  out = mkdtempSync(join(tmpdir(), 'catwalk-pictures-'));
});
afterEach(() => rmSync(out, { recursive: true }));

interface Given {
  readonly id: string;
  readonly customId: string | null;
  readonly paths: readonly string[];
}

const noPause: Pause = async (ms) => void pausesMs.push(ms);

async function download(
  results: readonly Given[],
  { signal = new AbortController().signal, pause = noPause } = {},
) {
  const folder = await OutFolder.open(out, out);
  const kept = await KeptPictures.open(folder);
  const downloads = new Downloads(folder, kept, signal, pause);
  try {
    for (const { id, customId, paths } of results) {
      const images = paths.map((path, index) => ({ index, url: new URL(path, server.url).href }));
      for (const one of await kept.missingOf({ id, customId, images })) await downloads.add(one);
    }
    await downloads.drain();
    return downloads;
  } finally {
    await kept.close();
    await folder.close();
  }
}

const pictures = () => readdirSync(out).filter((name) => !name.endsWith('.ndjson'));
const one = (customId: string | null, ...paths: string[]): Given => ({
  id: `try_${customId}`,
  customId,
  paths,
});

describe('pictures', () => {
  it('come into the folder under their customId, a few at a time', async () => {
    const many = Array.from({ length: 60 }, (_, index) => one(`sku-${index}`, `/${index}.png`));
    const downloads = await download([...many, one('look', '/a.png', '/b.png')]);
    expect(downloads.saved).toBe(62);
    expect(pictures()).toHaveLength(62);
    expect(pictures()).toEqual(expect.arrayContaining(['sku-7.png', 'look-1.png', 'look-2.png']));
    expect(readFileSync(join(out, 'sku-7.png'))).toEqual(png);
    expect(server.openMax()).toBeLessThanOrEqual(8);
  });

  it('are not fetched again by the next run, and what was lost or cut is', async () => {
    const results = ['a', 'b', 'c'].map((name) => one(name, `/again-${name}.png`));
    await download(results);
    rmSync(join(out, 'b.png'));
    const asked = server.asked.length;
    const downloads = await download([...results, one('d', '/again-d.png')]);
    expect(server.asked.slice(asked).sort()).toEqual(['GET /again-b.png', 'GET /again-d.png']);
    expect(downloads.saved).toBe(2);
    expect(pictures().sort()).toEqual(['a.png', 'b.png', 'c.png', 'd.png']);
  });

  it('keep their files apart from those that lay there before', async () => {
    writeFileSync(join(out, 'a.png'), 'mine');
    await download([one('a', '/a.png')]);
    expect(readFileSync(join(out, 'a.png'), 'utf8')).toBe('mine');
    expect(readFileSync(join(out, 'a_2.png'))).toEqual(png);
    const asked = server.asked.length;
    await download([one('a', '/a.png')]);
    expect(server.asked.length).toBe(asked);
  });

  it('are tried again after what passes, and named with the reason after what does not', async () => {
    failing.set('/busy.png', [503, 500, 429, 502]);
    const downloads = await download([
      one('busy', '/busy.png'),
      one('gone', '/gone.png'),
      one('page', '/page.png'),
      one('file', 'file:///etc/passwd'),
    ]);
    expect(downloads.saved).toBe(1);
    expect(downloads.failed.map(({ tryOnId, reason }) => [tryOnId, reason]).sort()).toEqual([
      ['try_file', 'has no http address'],
      ['try_gone', 'answers 404'],
      ['try_page', 'is no picture (text/html)'],
    ]);
    expect(pictures()).toEqual(['busy.png']);
    expect(pausesMs).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it.each([
    ['a server that fails', () => new URL('/down.png', server.url).href, 'answers 503'],
    ['an address where nobody listens', () => 'http://127.0.0.1:9/picture.png', 'fetch failed'],
  ])('wait for %s for half a minute, ever longer', async (_what, address, reason) => {
    failing.set('/down.png', Array<number>(20).fill(503));
    const downloads = await download([one('down', address())]);
    expect(downloads.failed).toMatchObject([{ reason: expect.stringContaining(reason) }]);
    expect(pausesMs).toEqual([...pausesMs].sort((a, b) => a - b));
    expect(pausesMs.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(30_000);
  });

  it('that wait for another try let others come meanwhile', async () => {
    const down = Array.from({ length: 20 }, (_, index) => `/down-${index}.png`);
    for (const path of down) failing.set(path, [503]);
    const goOn = new AbortController();
    const pause: Pause = async () => void (await once(goOn.signal, 'abort'));
    const downloading = download(
      [...down, '/up.png'].map((path) => one(path.slice(1, -4), path)),
      { pause },
    );
    await eventually(() => expect(pictures()).toContain('up.png'));
    goOn.abort();
    expect((await downloading).saved).toBe(21);
  });

  it('leave nothing half when the connection breaks or the run is stopped', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const pause: Pause = async () => {
      if (pausesMs.push(0) > 1) await once(signal, 'abort');
    };
    const stopped = download([one('cut', '/cut.png')], { signal, pause });
    const stopping = expect(stopped).rejects.toThrow('stopped');
    const tries = () => server.asked.filter((request) => request === 'GET /cut.png').length;
    await eventually(() => expect(tries()).toBe(2));
    controller.abort(new Error('stopped'));
    await stopping;
    expect(pictures()).toEqual([]);
  });

  it('are found again behind half a line of a run that was killed', async () => {
    await download([one('a', '/a.png')]);
    writeFileSync(join(out, 'catwalk-pictures.ndjson'), '{"tryOnId":"try_b","ind', { flag: 'a' });
    await download([one('a', '/a.png'), one('b', '/b.png')]);
    const asked = server.asked.length;
    await download([one('a', '/a.png'), one('b', '/b.png')]);
    expect(server.asked.length).toBe(asked);
    expect(pictures().sort()).toEqual(['a.png', 'b.png']);
  });
});
