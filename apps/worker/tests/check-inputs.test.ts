import { explainWaiting } from '@catwalk/core';
import { findTryOn, judgeJob, readAccountRooms } from '@catwalk/infra/postgres';
import { eventually, pngOf, runSql, seedTryOns, sendImage, startImageServer } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { configFromEnv } from '../src/index.js';
import { createStage, expectFairBill, jobOf, type Stage, untilAll } from './start-stage.js';

const stageOf = createStage(undefined, { accounts: [{ email: 'anna@example.com', maxJobs: 5 }] });
let stage: Stage;
/** Failing paths fail so many times before they answer. */
let failures = new Map<string, number>();

const server = await startImageServer((request, response) => {
  const path = new URL(request.url ?? '', 'http://here').pathname;
  const left = failures.get(path) ?? 0;
  const end = (status: number, headers = {}) => void response.writeHead(status, headers).end();
  if (left > 0) {
    failures.set(path, left - 1);
    return end(503);
  }
  if (path.startsWith('/silent')) return;
  if (path.startsWith('/gone')) return end(404);
  if (path.startsWith('/closed')) return end(410);
  if (path.startsWith('/forbidden')) return end(403);
  if (path.startsWith('/page'))
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
  if (path.startsWith('/empty')) return end(200, { 'content-type': 'image/png' });
  if (path.startsWith('/inside')) return end(302, { location: `${server.url}/secret.png` });
  if (path.startsWith('/small')) return sendImage(request, response, pngOf(400, 900));
  if (path.startsWith('/large')) {
    const part = pngOf(600, 800);
    return void response.writeHead(206, { 'content-range': `bytes 0-199/${11 * 1_048_576}` }).end(part);
  }
  if (path.startsWith('/no-head') && request.method === 'HEAD') return end(405);
  sendImage(request, response);
});
afterAll(() => server.close());
beforeEach(async () => {
  stage = await stageOf();
  await stage.reset();
  failures = new Map();
  (server.asked as string[]).length = 0;
});

const on = { INPUT_CHECK: 'head', ALLOW_PRIVATE_ADDRESSES: 'on' };
const picture = (path: string) => `${server.url}${path}`;
const seed = async (path: string, more = {}) =>
  (
    await seedTryOns(stage.db, 1, { humanImage: picture(path), dressInput: picture('/dress.png'), ...more })
  )[0] ?? '';
const askedFor = (path: string) => server.asked.filter((line) => line.endsWith(` ${path}`));
const waitingOf = async (id: string) => {
  const row = await findTryOn(stage.db, null, id);
  if (row === null) throw new Error(`there is no job ${id}`);
  return explainWaiting({ ...row, ...(await readAccountRooms(stage.db)) });
};

/** The share of five slots that was held, from the first send to the last one. */
const SLOT_USE = `
  SELECT (sum(extract(epoch FROM least(state_since, last) - sent_at)) / (5 * extract(epoch FROM max(last) - min(sent_at))))::float8
    AS share FROM catwalk.attempt, (SELECT max(sent_at) AS last FROM catwalk.attempt) l`;

describe('before a slot is used', () => {
  it('each image is looked at once, whoever asks: many jobs, two workers at the same time', async () => {
    const humanImage = picture('/person.png?signature=secret');
    const ids = await seedTryOns(stage.db, 40, { humanImage, dressInput: picture('/dress.png') });
    await Promise.all([stage.startWorker(on), stage.startWorker(on)]);
    await untilAll(stage, ids, 'succeeded');

    expect([...server.asked].sort()).toEqual(['HEAD /dress.png', 'HEAD /person.png?signature=secret']);
    expect(stage.simulator.bill().accepted).toBe(40);
    const rows = await runSql<{ row: string }>(
      stage.db.url,
      'SELECT c::text AS row FROM catwalk.input_check c',
    );
    expect(rows).toHaveLength(2);
    expect(
      [...rows.map(({ row }) => row), ...stage.lines].filter((line) => /secret|person\.png/.test(line)),
    ).toEqual([]);
  });

  it('looks run ahead of the slots, which stay full', async () => {
    const ids = await seedTryOns(stage.db, 60, {
      humanImage: picture('/x'),
      dressInput: picture('/dress.png'),
    });
    await runSql(stage.db.url, `UPDATE catwalk.try_on SET human_image = human_image || id`);
    await stage.startWorker(on);
    await untilAll(stage, ids, 'succeeded');

    expect(new Set(server.asked).size).toBe(61);
    expect(server.asked).toHaveLength(61);
    const [row] = await runSql<{ share: number }>(stage.db.url, SLOT_USE);
    expect(row?.share).toBeGreaterThan(0.5);
    expectFairBill(stage);
  });

  it.each([
    ['answers 404', '/gone.png', 'humanImage: the server answers 404'],
    ['answers 410', '/closed.png', 'humanImage: the server answers 410'],
    ['is a page', '/page.png', 'humanImage: not a JPEG, PNG or WebP picture'],
    ['is empty', '/empty.png', 'humanImage: the answer is empty'],
    ['is larger than 10 MB', '/large.png', 'humanImage: larger than 10 MB'],
  ])(
    'a job with an image that %s fails with invalid_input, and nothing is billed',
    async (_what, path, message) => {
      const id = await seed(path);
      await stage.startWorker(on);
      await untilAll(stage, [id], 'failed');

      expect(await jobOf(stage, id)).toMatchObject({
        error: { code: 'invalid_input', message },
        attempts: [],
      });
      expect(stage.simulator.bill().accepted).toBe(0);
    },
  );

  it('one that leads into the own network fails, and is not reached', async () => {
    const id = await seed('/person.png');
    const byName = await seed('/person.png', {
      humanImage: picture('/person.png').replace('127.0.0.1', 'localhost'),
    });
    await stage.startWorker({ INPUT_CHECK: 'head' });
    await untilAll(stage, [id, byName], 'failed');

    const message = 'humanImage: the address leads into a private network';
    expect((await jobOf(stage, byName)).error).toMatchObject({ code: 'invalid_input', message });
    expect(server.asked).toEqual([]);
  });

  it('what is not certainly the image’s fault is left to the provider', async () => {
    const noHead = await seed('/no-head.png');
    const forbidden = await seed('/forbidden.png');
    failures.set('/shaky.png', 2);
    const shaky = await seed('/shaky.png');
    failures.set('/busy.png', 1_000);
    const busy = await seed('/busy.png');
    const nobody = await seed('', { humanImage: 'http://127.0.0.1:1024/person.png' });
    await stage.startWorker(on);
    await untilAll(stage, [noHead, forbidden, shaky, busy, nobody], 'succeeded');

    expect(askedFor('/no-head.png')).toEqual(['HEAD /no-head.png', 'GET /no-head.png']);
    // Once, and twice more: after a rest of one second, and of four.
    expect(askedFor('/busy.png')).toHaveLength(6);
    expect(askedFor('/shaky.png')).toEqual(['HEAD', 'GET', 'HEAD'].map((method) => `${method} /shaky.png`));
  });

  it('sides are looked at where it was asked for, and only then', async () => {
    const small = await seed('/small.png');
    const large = await seed('/person.png');
    await stage.startWorker({ ...on, INPUT_CHECK: 'full' });
    await untilAll(stage, [small], 'failed');
    await untilAll(stage, [large], 'succeeded');
    const message = 'humanImage: 400 x 900 pixels, and each side needs at least 512';
    expect((await jobOf(stage, small)).error).toMatchObject({ code: 'invalid_input', message });

    await stage.stopWorkers();
    const another = await seed('/small.png');
    await stage.startWorker(on);
    await untilAll(stage, [another], 'succeeded');
  });

  it('a job that a person retries is looked at once more', async () => {
    const id = await seed('/later/gone.png', { humanImage: picture('/gone.png') });
    await stage.startWorker(on);
    await untilAll(stage, [id], 'failed');
    const before = askedFor('/gone.png').length;

    await judgeJob(stage.db, {
      jobId: id,
      actor: 'shop',
      event: { type: 'retried-by-client', mayBillTwice: false },
    });
    await eventually(() => expect(askedFor('/gone.png')).toHaveLength(2 * before));
    await untilAll(stage, [id], 'failed');
  });
});

describe('a server that is silent', () => {
  it('holds up none but its own jobs, which say so, and is asked six things at once', async () => {
    const stuck = await seedTryOns(stage.db, 20, {
      humanImage: picture('/silent.png'),
      dressInput: null,
    }).then(async (ids) => {
      await runSql(
        stage.db.url,
        `UPDATE catwalk.try_on SET human_image = human_image || '?' || id WHERE id = ANY($1)`,
        [ids],
      );
      return ids;
    });
    const elsewhere = await startImageServer((request, response) => sendImage(request, response));
    try {
      const quick = await seedTryOns(stage.db, 10, {
        humanImage: `${elsewhere.url}/person.png`,
        dressInput: `${elsewhere.url}/dress.png`,
      });
      await stage.startWorker(on);
      await untilAll(stage, quick, 'succeeded', 3_500);

      expect(await waitingOf(stuck[0] ?? '')).toEqual({
        code: 'input_check',
        since: expect.any(Date),
        until: null,
        detail: 'Its input images are looked at before it takes a slot',
      });
      expect(server.openMax()).toBe(6);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('the setting', () => {
  it('is head in live and off in the sandbox', () => {
    const env = {
      DATABASE_URL: 'postgresql://127.0.0.1/catwalk',
      CALLBACK_SECRET: 's'.repeat(32),
      USEAPI_TOKEN: 't',
    };
    const checkOf = (more: Record<string, string>) => configFromEnv({ ...env, ...more }).inputCheck;
    expect([checkOf({ MODE: 'live' }), checkOf({ MODE: 'sandbox' })]).toEqual(['head', 'off']);
    expect(checkOf({ MODE: 'live', INPUT_CHECK: 'full' })).toBe('full');
    expect(() => checkOf({ MODE: 'live', INPUT_CHECK: 'on' })).toThrow('INPUT_CHECK');
  });

  it('may differ between two workers: what one wants looked at the other waits for, and no longer', async () => {
    await stage.startWorker({ INPUT_CHECK: 'off' });
    const looking = await stage.startWorker(on);
    const bad = await seed('/gone.png');
    const good = await seed('/person.png');
    await untilAll(stage, [bad], 'failed');
    await untilAll(stage, [good], 'succeeded');

    await looking.close();
    await runSql(
      stage.db.url,
      `UPDATE catwalk.lease SET until = clock_timestamp() WHERE name = 'input-check alive'`,
    );
    const unlooked = await seed('/gone.png');
    await untilAll(stage, [unlooked], 'succeeded');
  });
});
