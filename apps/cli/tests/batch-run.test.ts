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
import { eventually } from '@catwalk/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCatwalk, startCatwalk } from './run-catwalk.js';
import { type BatchServer, batchId, sendProblem, startBatchServer } from './start-batch-server.js';

let server: BatchServer;
let folder = '';
beforeEach(async () => {
  server = await startBatchServer();
  folder = mkdtempSync(join(tmpdir(), 'catwalk-run-'));
  writeFileSync(join(folder, 'catalogue.csv'), 'customId,humanImage,dressInput\na,https://x/p,https://x/d\n');
  server.lines = ['a', 'b', 'c'].map((customId) => ({ customId, ends: 'succeeded' as const }));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const env = () => ({ CATWALK_URL: server.url });
const run = (...typed: string[]) => runCatwalk(folder, env(), ...typed);
const runFile = (...typed: string[]) => run('batch', 'run', 'catalogue.csv', '--out', 'results/', ...typed);
const files = () =>
  readdirSync(join(folder, 'results'))
    .filter((name) => !name.startsWith('catwalk-'))
    .sort();
const uploads = () => server.askedFor('POST /v1/batches').filter(({ query }) => query.dryRun === undefined);
const pictures = () => server.asked.filter(({ line }) => line.startsWith('GET /pictures/'));

describe('catwalk batch run', () => {
  it('brings a file to a folder of pictures and a table, says what it came to, and ends with 0', async () => {
    const { code, stdout, stderr } = await runFile('--yes', '--pilot', '2', '--pause-on-failures', '0.5,10');
    expect(code, stderr).toBe(0);
    expect(files()).toEqual(['a.png', 'b.png', 'c.png', 'results.csv']);
    expect(readFileSync(join(folder, 'results/results.csv'), 'utf8')).toBe(
      'customId,status\na,succeeded\nb,succeeded\nc,succeeded\n',
    );
    expect(stdout).toContain(`${batchId} finished, all succeeded,`);
    expect(stdout).toContain('3 pictures saved to results/');
    const [upload] = uploads();
    expect(upload?.query).toEqual({ pilot: '2', pauseOnFailures: '0.5,10' });
    expect(upload?.headers).toMatchObject({ 'content-type': 'text/csv' });
    expect(upload?.body).toBe(readFileSync(join(folder, 'catalogue.csv'), 'utf8'));
  });

  it('says first what it would come to: lines, what is wrong with them, images, cost, credits and time', async () => {
    server.invalid = [{ line: 7, errors: [{ path: 'dressInput', message: 'must be an address\u001b[31m' }] }];
    const { stderr } = await runFile('--yes');
    for (const line of [
      'catalogue.csv: 4 lines, 3 valid, 1 invalid, 1 repeated',
      '  line 7: dressInput must be an address [31m',
      '  line 3 has the customId of line 2',
      '  images   3 (SANDBOX: nothing is billed)',
      '  cost     about 1.20 EUR',
      '  credits  anna@example.com 1200, ben@example.com unknown',
      '  time     about 2 min on 10 slots',
    ])
      expect(stderr.split('\n')).toContain(line);
  });

  it('submits nothing without a terminal unless it is agreed to with --yes, and leaves nothing behind', async () => {
    const { code, stderr } = await runFile();
    expect(code).toBe(1);
    expect(stderr).toContain('agree with --yes');
    expect(uploads()).toEqual([]);
    expect(files()).toEqual([]);
  });

  it('ends with 2 when some failed, and says how to go on with them', async () => {
    server.lines.push({ customId: 'd', ends: 'failed' });
    const { code, stdout, stderr } = await runFile('--yes');
    expect(code).toBe(2);
    expect(readFileSync(join(folder, 'results/failures.csv'), 'utf8')).toBe('customId,status\nd,failed\n');
    expect(stdout).toContain('failed   1 content_rejected');
    expect(stderr).toContain(
      `npx catwalk batch retry-failed ${batchId} && npx catwalk batch resume --out results/\n`,
    );
    expect(stderr).toContain('npx catwalk batch run results/failures.csv --out corrected/');
  });

  it('names the first five failures with their reasons, and where the others are', async () => {
    for (const customId of ['d', 'look-5', 'f', 'g', 'h']) server.lines.push({ customId, ends: 'failed' });
    const five = await runFile('--yes');
    const lines = five.stdout.split('\n');
    expect(lines).toContain('d       content_rejected: refused');
    expect(lines).toContain('look-5  content_rejected: refused');
    expect(five.stdout).not.toContain('more in');
    for (const customId of ['i\n', null]) server.lines.push({ customId, ends: 'failed' });
    const resumed = await run('batch', 'resume', '--out', 'results/');
    expect(resumed.code, resumed.stderr).toBe(2);
    expect(resumed.stdout.match(/content_rejected: refused/g)).toHaveLength(5);
    expect(resumed.stdout).toContain('… and 2 more in results/failures.csv\n');
  });

  it('ends with 2 when lines were invalid though all others succeeded', async () => {
    server.invalid = [{ line: 7, errors: [{ path: 'dressInput', message: 'must be an address' }] }];
    const { code, stderr } = await runFile('--yes');
    expect(code).toBe(2);
    expect(files()).toContain('failures.csv');
    expect(stderr).toContain('correct it in results/failures.csv and send that: ');
    expect(stderr).not.toContain('retry-failed');
  });

  it('of a canceled batch does not name what is refused then', async () => {
    server.state = 'canceled';
    server.lines.push({ customId: 'd', ends: 'failed' });
    const { code, stderr } = await runFile('--yes');
    expect(code).toBe(2);
    expect(stderr).toContain('correct it in results/failures.csv and send that: ');
    expect(stderr).not.toContain('retry-failed');
  });

  it('run once more makes no second batch and fetches nothing twice, and brings what is new', async () => {
    server.lines.push({ customId: 'd', ends: 'failed' });
    await runFile('--yes');
    const before = pictures().length;
    server.lines[3] = { customId: 'd', ends: 'succeeded' };
    const { code, stderr } = await runFile();
    expect(code, stderr).toBe(0);
    expect(uploads()).toHaveLength(1);
    expect(pictures().length).toBe(before + 1);
    expect(files()).toEqual(['a.png', 'b.png', 'c.png', 'd.png', 'results.csv']);
  });

  it('sends the same bytes under the same key wherever they go, and others under another', async () => {
    const into = (out: string, ...more: string[]) =>
      run('batch', 'run', 'catalogue.csv', '--out', out, '--yes', ...more);
    await into('one/');
    await into('two/');
    await into('three/', '--max-images', '10');
    await into('four/', '--idempotency-key', 'mine');
    const keys = uploads().map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^cli-[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    expect(keys[3]).toBe('mine');
  });

  it('leaves a folder alone that belongs to another batch', async () => {
    await runFile('--yes');
    writeFileSync(join(folder, 'other.csv'), 'customId\n');
    const { code, stderr } = await run('batch', 'run', 'other.csv', '--out', 'results/', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain(`results/ belongs to another batch (${batchId}): choose another --out`);
    expect(uploads()).toHaveLength(1);
  });

  it('names pictures after their customId and stays inside the folder, whatever the ids are', async () => {
    mkdirSync(join(folder, 'results'));
    writeFileSync(join(folder, 'precious'), 'precious');
    symlinkSync('../precious', join(folder, 'results/link.png'));
    server.lines = ['../../evil', '/etc/x', '.hidden', 'a', 'A', 'link', null, 'x'.repeat(200)].map(
      (customId) => ({
        customId,
        ends: 'succeeded' as const,
      }),
    );
    server.lines.push({ customId: 'look', ends: 'succeeded', images: 2 });
    const { code, stderr } = await runFile('--yes');
    expect(code, stderr).toBe(0);
    expect(files()).toEqual(
      [
        '_.._evil.png',
        '_etc_x.png',
        'A_2.png',
        'a.png',
        'hidden.png',
        'link.png',
        'link_2.png',
        'look-1.png',
        'look-2.png',
        'results.csv',
        `try_${'6'.padStart(32, '0')}.png`,
        `${'x'.repeat(95)}.png`,
      ].sort(),
    );
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('precious');
    expect(readdirSync(folder).sort()).toEqual(['catalogue.csv', 'precious', 'results']);
  });

  it('fetches pictures while the rest still runs; stopped, it says how to go on, and resume does', async () => {
    server.lines[2] = { customId: 'c', ends: 'open' };
    const stopped = startCatwalk(
      folder,
      env(),
      'batch',
      'run',
      'catalogue.csv',
      '--out',
      'results/',
      '--yes',
    );
    await eventually(() => expect(files()).toEqual(['a.png', 'b.png']));
    stopped.child.kill('SIGINT');
    expect(await stopped.ended()).toBe(130);
    expect(stopped.stderr()).toContain(`${batchId} goes on by itself`);
    expect(stopped.stderr()).toContain('go on with: npx catwalk batch resume --out results/');

    server.lines[2] = { customId: 'c', ends: 'succeeded' };
    const { code, stderr } = await run('batch', 'resume', '--out', 'results/');
    expect(code, stderr).toBe(0);
    expect(files()).toEqual(['a.png', 'b.png', 'c.png', 'results.csv']);
    expect(pictures()).toHaveLength(3);
    expect(uploads()).toHaveLength(1);
  });

  it('stopped during the upload, is completed by resume under the same key', async () => {
    server.instead.set('POST /v1/batches', (request, response) => {
      if (request.url?.includes('dryRun')) return sendDryRun(response);
      // The upload never ends.
      request.resume();
    });
    const sendDryRun = (response: Parameters<typeof sendProblem>[0]) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(dryRun);
    };
    const stopped = startCatwalk(
      folder,
      env(),
      'batch',
      'run',
      'catalogue.csv',
      '--out',
      'results/',
      '--yes',
    );
    await eventually(() => expect(uploads()).toHaveLength(1));
    stopped.child.kill('SIGINT');
    expect(await stopped.ended()).toBe(130);
    expect(stopped.stderr()).toContain('nothing of it is submitted until all is sent');

    server.instead.clear();
    writeFileSync(join(folder, 'other.txt'), '');
    const { code, stderr } = await run('batch', 'resume', '--out', 'results/');
    expect(code, stderr).toBe(0);
    const keys = uploads().map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(keys[0]);
  });

  it('ends with 2 when the batch is paused, says why, and goes on only when that is agreed to', async () => {
    const since = '2030-01-31T12:00:00.000Z';
    server.state = 'paused';
    server.paused = { reason: 'pilot_review', detail: '2 of 3 have ended', actor: 'system', since };
    server.lines[2] = { customId: 'c', ends: 'open' };
    const paused = await runFile('--yes');
    expect(paused.code).toBe(2);
    expect(paused.stderr).toContain('paused by system (pilot_review): 2 of 3 have ended');
    expect(paused.stderr).toContain('go on: npx catwalk batch resume --out results/');
    expect(files()).toEqual(['a.png', 'b.png', 'results.csv']);

    const refused = await run('batch', 'resume', '--out', 'results/');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('agree with --yes');
    expect(server.askedFor(`POST /v1/batches/${batchId}/resume`)).toEqual([]);

    const resumed = await run('batch', 'resume', '--out', 'results/', '--yes');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(files()).toEqual(['a.png', 'b.png', 'c.png', 'results.csv']);
  });

  it('answers programs with one JSON document on standard output', async () => {
    server.lines.push({ customId: 'd', ends: 'failed' });
    const { code, stdout, stderr } = await runFile('--yes', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      batch: { id: batchId, outcome: 'some_failed' },
      out: 'results/',
      pictures: { saved: 3, failed: [] },
      files: ['results.csv', 'failures.csv'],
    });
    expect(stderr).toBe('');
  });

  it('ends with 1 and the reason when the API refuses, as JSON where that was asked for', async () => {
    server.instead.set('POST /v1/batches', (_, response) =>
      sendProblem(response, 'invalid_request', 'line 3: a quote is not closed'),
    );
    const { code, stderr } = await runFile('--yes');
    expect(code).toBe(1);
    expect(stderr).toBe('catwalk: invalid_request: line 3: a quote is not closed\n');
    const json = await runFile('--yes', '--json');
    expect(JSON.parse(json.stderr)).toEqual({
      error: { code: 'invalid_request', message: 'invalid_request: line 3: a quote is not closed' },
    });
    expect(json.stdout).toBe('');
  });

  it('ends with 1 when a picture cannot be had, and resume tries again', async () => {
    server.instead.set('GET /pictures/1-0', (_, response) => response.writeHead(404).end());
    const { code, stderr } = await runFile('--yes');
    expect(code).toBe(1);
    expect(stderr).toContain(
      '1 picture could not be fetched; try again: npx catwalk batch resume --out results/',
    );
    expect(files()).toEqual(['a.png', 'c.png', 'results.csv']);
    server.instead.clear();
    expect((await run('batch', 'resume', '--out', 'results/')).code).toBe(0);
    expect(files()).toEqual(['a.png', 'b.png', 'c.png', 'results.csv']);
  });

  it.each([
    ['one folder of two', ['--people', 'people/'], '--people and --garments belong together'],
    ['a file and folders', ['catalogue.csv', '--people', 'a', '--garments', 'b'], 'say either a file, or'],
    ['no file', [], 'say which file to run'],
    ['another kind of file', ['catalogue.xlsx'], 'a .csv, .ndjson, .jsonl or .json file'],
    ['a file that is not there', ['none.csv'], 'none.csv cannot be read'],
    ['options that cannot be', ['catalogue.csv', '--pilot', '0', '--priority', 'urgent'], '--pilot must be'],
    ['unknown options', ['catalogue.csv', '--fast'], "unknown option '--fast'"],
  ])('refuses %s with a sentence, and makes nothing', async (_, typed, sentence) => {
    const { code, stderr } = await run('batch', 'run', ...typed, '--out', 'results/', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(server.asked).toEqual([]);
    expect(existsSync(join(folder, 'results'))).toBe(false);
  });
});

const dryRun = JSON.stringify({
  object: 'batch_dry_run',
  livemode: false,
  format: 'csv',
  lines: 3,
  valid: 3,
  invalidLines: { count: 0, first: [] },
  duplicates: { customIds: 0, requests: 0, first: [] },
  images: 3,
  estimatedCost: null,
  credits: [],
  slots: 2,
  estimatedSeconds: null,
});
