import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventually, pngOf } from '@catwalk/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCatwalk, startCatwalk } from './run-catwalk.js';
import { type BatchServer, sendProblem, startBatchServer } from './start-batch-server.js';

let server: BatchServer;
let folder = '';
beforeEach(async () => {
  server = await startBatchServer();
  folder = mkdtempSync(join(tmpdir(), 'catwalk-folders-'));
  server.lines = [{ customId: 'anna-red', ends: 'succeeded' }];
  put('people/anna.png', 1);
  put('people/ben.png', 2);
  put('people/.DS_Store', 0);
  put('garments/dresses/red.png', 3);
  put('garments/uppers/red.png', 4);
  put('garments/jeans-lower.png', 5);
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function put(name: string, n: number, bytes = Buffer.concat([pngOf(600, 800), Buffer.from([n])])): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
}

const typed = ['batch', 'run', '--people', 'people/', '--garments', 'garments/', '--out', 'results/'];
const run = (...more: string[]) => runCatwalk(folder, { CATWALK_URL: server.url }, ...typed, ...more);
const uploads = () => server.askedFor('POST /v1/batches').filter(({ query }) => query.dryRun === undefined);
const dryRuns = () => server.askedFor('POST /v1/batches').filter(({ query }) => query.dryRun === 'true');
const sent = () => server.askedFor('POST /v1/assets');

describe('catwalk batch run with folders of pictures', () => {
  it('sends each picture, then every person in every garment, named after their files', async () => {
    const { code, stderr } = await run('--yes');
    expect(code, stderr).toBe(0);
    expect(sent()).toHaveLength(5);
    expect(sent()[0]?.headers['content-type']).toBe('image/png');
    const { people, garments } = JSON.parse(uploads()[0]?.body ?? '');
    const url = expect.stringMatching(/^https:\/\/hooks\.example\/assets\/[0-9a-f]{32}\.png$/);
    expect(people).toEqual([
      { image: url, customId: 'anna' },
      { image: url, customId: 'ben' },
    ]);
    expect(garments).toEqual([
      { dress: url, customId: 'dresses-red' },
      { lower: url, customId: 'jeans-lower' },
      { upper: url, customId: 'uppers-red' },
    ]);
    expect(stderr).toContain('people/ × garments/: ');
    expect(stderr).toContain('5 pictures sent');
    expect(existsSync(join(folder, 'results/results.csv'))).toBe(true);
  });

  it('sends no picture before somebody has agreed', async () => {
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain('agree with --yes');
    expect([dryRuns().length, sent(), uploads()]).toEqual([1, [], []]);
  });

  it('makes no second batch of the same pictures, wherever they lie', async () => {
    await run('--yes');
    rmSync(join(folder, 'results'), { recursive: true });
    await run('--yes');
    const [first, second] = uploads().map(({ headers }) => headers['idempotency-key']);
    expect(second).toBe(first);
    put('people/ben.png', 99);
    rmSync(join(folder, 'results'), { recursive: true });
    await run('--yes');
    expect(uploads()[2]?.headers['idempotency-key']).not.toBe(first);
  });

  it('goes on after it was stopped, and sends no picture again that is there', async () => {
    let answered = 0;
    server.instead.set('POST /v1/batches', (request, response) => {
      if (request.url?.includes('dryRun') === true)
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(dryRun);
      answered += 1;
    });
    const stopped = startCatwalk(folder, { CATWALK_URL: server.url }, ...typed, '--yes');
    await eventually(() => expect(answered).toBe(1));
    stopped.child.kill('SIGINT');
    expect(await stopped.ended()).toBe(130);
    expect(stopped.stderr()).toContain('npx catwalk batch resume --out results/');
    server.instead.clear();
    const before = sent().length;
    const resumed = await runCatwalk(
      folder,
      { CATWALK_URL: server.url },
      ...['batch', 'resume', '--out', 'results/'],
    );
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(before).toBe(5);
    expect(sent()).toHaveLength(5);
    expect(server.asked.filter(({ line }) => line.startsWith('GET /v1/assets/'))).toHaveLength(5);
    expect(JSON.parse(uploads().at(-1)?.body ?? '').people).toHaveLength(2);
  });

  it('names every picture that the API refuses, and submits nothing', async () => {
    server.instead.set('POST /v1/assets', (_, response) =>
      sendProblem(response, 'invalid_request', 'The picture has 100 x 100 pixels'),
    );
    const { code, stderr } = await run('--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('5 pictures refused:');
    expect(stderr).toContain('anna.png: The picture has 100 x 100 pixels');
    expect(uploads()).toEqual([]);
  });

  it.each([
    ['a garment that may be anything', () => put('garments/green.png', 7), 'garments/ that may be anything'],
    ['one that says two things', () => put('garments/upper-x-lower.png', 7), 'upper-x-lower.png'],
    [
      'a file that is no picture',
      () => put('people/c.jpg', 0, Buffer.from('text')),
      'people/c.jpg is not a PNG',
    ],
    ['one of another kind', () => put('people/c.gif', 0, Buffer.from('GIF89a')), 'people/c.gif is not a PNG'],
    [
      'a large one',
      () => put('people/c.png', 0, Buffer.alloc(10_485_761)),
      'people/c.png is larger than 10 MB',
    ],
    ['an empty folder', () => rmSync(join(folder, 'people'), { recursive: true }), 'people/ cannot be read'],
  ])('refuses %s by name, and sends nothing', async (_, change, sentence) => {
    change();
    const { code, stderr } = await run('--yes');
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(server.asked).toEqual([]);
  });

  it('tells of files that it leaves out', async () => {
    writeFileSync(join(folder, 'people/notes.txt'), 'x');
    expect((await run('--yes')).stderr).toContain('1 file left out, no pictures by name: notes.txt');
    expect(readFileSync(join(folder, 'results/catwalk-assets.ndjson'), 'utf8').split('\n')).toHaveLength(6);
  });
});

const dryRun = JSON.stringify({
  object: 'batch_dry_run',
  livemode: false,
  format: 'json',
  lines: 6,
  valid: 6,
  invalidLines: { count: 0, first: [] },
  duplicates: { customIds: 0, requests: 0, first: [] },
  images: 6,
  estimatedCost: null,
  credits: [],
  slots: 2,
  estimatedSeconds: null,
});
