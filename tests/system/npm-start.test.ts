import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { tryOnNumber } from './jobs.js';
import { addressIn, makeHome, type NpmStart, npmStart, removeHome } from './npm-start.js';
import { shortWaits } from './settings.js';

// One home through all of these, in this order: each start finds what the one before has left.
describe('npm start', () => {
  const home = makeHome();
  const starts: NpmStart[] = [];
  const start = async (...args: string[]) => {
    // Only what a failed test has left running.
    await killAll();
    const run = npmStart({ ...shortWaits, CATWALK_HOME: home }, ...args);
    starts.push(run);
    return run;
  };
  const killAll = async () => {
    for (const run of starts) run.signal('SIGKILL');
    for (const run of starts) await run.ended();
  };
  afterAll(async () => {
    await killAll();
    removeHome(home);
  });

  it('is interrupted while its first sample runs, and stops all the same', { timeout: 120_000 }, async () => {
    const run = await start();
    await run.untilSaid('sample catalogue ');
    run.signal('SIGINT');
    expect(await run.ended()).toMatchObject({ code: 0 });
    expect(run.output()).not.toContain('look at the pictures');
  });

  it('finishes at its next start what was interrupted, whatever its ports: --once runs the sample and exits 0', {
    timeout: 120_000,
  }, async () => {
    const run = await start('--once');
    expect(await run.ended()).toMatchObject({ code: 0 });
    const output = run.output();
    const [banner = '', rest = ''] = output.split('\ncatwalk ready\n');
    expect(banner).toContain('SANDBOX');
    for (const part of ['api', 'webhook app', 'simulator']) expect(addressIn(banner, part)).toMatch(/^http:/);
    // From here on only the sample speaks: ready was the last line of the start.
    expect(rest.split('\n')[0]).toMatch(/^sample catalogue/);
    expect(rest.match(/^person-\d-\S+ +succeeded /gm)).toHaveLength(24);
    const page = fileURLToPath(/look at the pictures: (file:\S+)/.exec(rest)?.[1] ?? '');
    expect(readFileSync(page, 'utf8').match(/<figure>/g)).toHaveLength(24);
  });

  it('keeps everything to its owner: secrets 0600, no group or other may read or write', () => {
    for (const path of ['', 'sandbox', 'sandbox/postgres'])
      expect(statSync(join(home, path)).mode & 0o066, path).toBe(0);
    for (const entry of readdirSync(join(home, 'sandbox'), { withFileTypes: true })) {
      const mode = statSync(join(home, 'sandbox', entry.name)).mode;
      expect(mode & 0o066, entry.name).toBe(0);
      if (entry.isFile()) expect(mode & 0o777, entry.name).toBe(0o600);
    }
    expect(statSync(join(home, 'sandbox/callback-secret')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'sandbox/postgres/password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'sandbox/postgres/data')).mode & 0o077).toBe(0);
  });

  it('is ready within 5 s when it starts again, and does not repeat the sample', {
    timeout: 90_000,
  }, async () => {
    // The quickest of three: other tests run beside this one.
    const tookMs: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const run = await start();
      tookMs.push(await run.untilReady());
      const { body } = await run.get('/v1/try-ons?limit=200');
      expect(body.data).toHaveLength(24);
      run.signal('SIGINT');
      expect(await run.ended()).toMatchObject({ code: 0 });
      expect(run.output().trimEnd().endsWith('catwalk ready')).toBe(true);
    }
    expect(Math.min(...tookMs)).toBeLessThan(5_000);
  });

  it('stops on Ctrl-C under load within 10 s with exit code 0, and loses nothing of what it accepted', {
    timeout: 120_000,
  }, async () => {
    const run = await start('--no-sample');
    await run.untilReady();
    const posting = postSome(run, 'interrupted');
    await eventually(async () => expect(await countOf(run, 'succeeded')).toBeGreaterThan(24));
    run.signal('SIGINT');
    const { code, tookMs } = await run.ended();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
    const jobs = await untilFinal(await start('--no-sample'), await posting);
    expect(jobs.filter((job) => job.status !== 'succeeded')).toEqual([]);
  });

  it('takes over what a SIGKILL of its processes left, the database included, and finishes every job', {
    timeout: 120_000,
  }, async () => {
    const run = starts.at(-1) as NpmStart;
    const posting = postSome(run, 'killed');
    const before = await countOf(run, 'succeeded');
    await eventually(async () => expect(await countOf(run, 'succeeded')).toBeGreaterThan(before));
    run.signal('SIGKILL');
    await run.ended();
    const next = await start('--no-sample');
    const jobs = await untilFinal(next, await posting);
    // A request that was about to go out at that moment may never have arrived: nobody sends it again unasked.
    const unproven = jobs.filter((job) => job.error?.code === 'submission_unconfirmed');
    expect(jobs.filter((job) => job.status !== 'succeeded')).toEqual(unproven);
    expect(unproven.length).toBeLessThan(jobs.length / 2);
    expect(next.output()).toContain('taken over');
    next.signal('SIGINT');
    expect(await next.ended()).toMatchObject({ code: 0 });
  });

  it('stops on Ctrl-C within 10 s though connections say nothing and a submit is slow to be answered', {
    timeout: 120_000,
  }, async () => {
    await killAll();
    const env = { ...shortWaits, SUBMIT_TIMEOUT_MS: '60000', CATWALK_HOME: home };
    const run = npmStart(env, '--no-sample');
    starts.push(run);
    await run.untilReady();
    const url = (part: string) => new URL(addressIn(run.output(), part));
    await fetch(new URL('/control/dials', url('simulator')), {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ answerDelayMs: 60_000 }),
    });
    await run.post('/v1/try-ons', tryOnNumber(1));
    await eventually(async () => expect(await countOf(run, 'submitting')).toBe(1));
    const silent = await Promise.all([url('api'), url('webhook app')].map(connectAndSayNothing));
    run.signal('SIGINT');
    const { code, tookMs } = await run.ended();
    for (const socket of silent) socket.destroy();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
  });

  it('never writes a secret of its own into its log or on the screen', () => {
    const read = (path: string) => readFileSync(join(home, 'sandbox', path), 'utf8');
    const written = [read('catwalk.log'), ...starts.map((run) => run.output())].join('');
    expect(written).toContain('"api.started"');
    expect(written).toContain('catwalk ready');
    for (const path of ['callback-secret', 'simulator-seed', 'postgres/password']) {
      const secret = read(path).trim();
      expect(secret.length, path).toBeGreaterThan(20);
      expect(written.includes(secret), path).toBe(false);
    }
  });
});

function connectAndSayNothing({ hostname, port }: URL): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.on('error', () => undefined);
  });
}

/** Posts until nobody answers any more, and returns the ids of what was accepted. */
async function postSome(run: NpmStart, customId: string): Promise<Set<string>> {
  const accepted = new Set<string>();
  const picture = `${addressIn(run.output(), 'simulator')}/samples`;
  const body = { humanImage: `${picture}/person-1.png`, dressInput: `${picture}/dress-1.png`, customId };
  const postOn = async () => {
    for (let n = 0; n < 30; n += 1) {
      const answer = await run.post('/v1/try-ons', body).catch(() => null);
      if (answer?.status !== 202) return;
      accepted.add(answer.body.id);
    }
  };
  await Promise.all([postOn(), postOn()]);
  return accepted;
}

async function countOf(run: NpmStart, status: string): Promise<number> {
  const { body } = await run.get(`/v1/try-ons?status=${status}&limit=200`);
  return body.data.length;
}

interface Job {
  readonly status: string;
  readonly error: { readonly code: string } | null;
}

/** Every job that was accepted is there and ends. */
async function untilFinal(run: NpmStart, accepted: ReadonlySet<string>): Promise<Job[]> {
  await run.untilReady();
  expect(accepted.size).toBeGreaterThan(0);
  return eventually(
    async () => {
      const answers = await Promise.all([...accepted].map((id) => run.get(`/v1/try-ons/${id}`)));
      const jobs: Job[] = answers.map((answer) => answer.body);
      for (const job of jobs) expect(['succeeded', 'failed']).toContain(job.status);
      return jobs;
    },
    { timeoutMs: 40_000, intervalMs: 500 },
  );
}
