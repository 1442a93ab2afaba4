import { explainWaiting } from '@catwalk/core';
import { createAssetKeeper } from '@catwalk/infra/assets';
import { findTryOn, judgeJob, readAccountRooms } from '@catwalk/infra/postgres';
import {
  describeOnEachBackend,
  drawPicture,
  eventually,
  runSql,
  seedTryOns,
  sendImage,
  startImageServer,
} from '@catwalk/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createInputCopies } from '../src/copy-inputs.js';
import { createWorker } from '../src/index.js';
import { createStage, endContext, expectFairBill, jobOf, type Stage, untilAll } from './start-stage.js';

let pictures: Buffer[] = [];
let small: Buffer;
/** Failing paths fail so many times before they answer; a dead server has no pictures any more. */
let failures = new Map<string, number>();
let isDead = false;
let replaced: Buffer | null = null;

const server = await startImageServer((request, response) => {
  const path = new URL(request.url ?? '', 'http://here').pathname;
  const end = (status: number, headers = {}) => void response.writeHead(status, headers).end();
  const left = failures.get(path) ?? 0;
  if (left > 0) {
    failures.set(path, left - 1);
    return end(503);
  }
  if (isDead || path.startsWith('/gone')) return end(404);
  if (path.startsWith('/silent')) return;
  if (path.startsWith('/forbidden')) return end(403);
  if (path.startsWith('/large')) return end(200, { 'content-length': 11 * 1_048_576 });
  if (path.startsWith('/page'))
    return void response.writeHead(200, { 'content-type': 'image/png' }).end('<p>');
  if (path.startsWith('/small')) return sendImage(request, response, small);
  if (replaced !== null) return sendImage(request, response, replaced);
  sendImage(request, response, pictures[Number(/\d+/.exec(path)?.[0] ?? 0) % pictures.length]);
});
beforeAll(async () => {
  pictures = await Promise.all(
    [0x200000, 0x602000, 0xa04000, 0xe06000].map((color) => drawPicture({ color, format: 'jpeg' })),
  );
  small = await drawPicture({ width: 100 });
});
afterAll(() => server.close());

const on = { ALLOW_PRIVATE_ADDRESSES: 'on' };
const picture = (path: string) => `${server.url}${path}`;
const copied = { copyInputs: true, dressInput: picture('/dress.jpg') };

describeOnEachBackend('inputs that are to be copied', ({ redisUrl }) => {
  const stageOf = createStage(redisUrl, { accounts: [{ email: 'anna@example.com', maxJobs: 5 }] });
  let stage: Stage;

  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
    failures = new Map();
    isDead = false;
    replaced = null;
    (server.asked as string[]).length = 0;
  });

  const submittedOf = async (id: string) => {
    const row = await stage.db.prisma.tryOn.findUniqueOrThrow({ where: { id } });
    return row.submittedInputs as { humanImage: string; dressInput: string; assetIds: string[] } | null;
  };
  const exchangesOf = async (id: string) =>
    (await jobOf(stage, id)).attempts.map(({ exchange }) => JSON.stringify(exchange));

  it('are fetched once each, at once, and what is submitted is their copies: also when the addresses are dead by then', async () => {
    const ids = await seedTryOns(stage.db, 40, { ...copied, humanImage: picture('/x') });
    await runSql(
      stage.db.url,
      `UPDATE catwalk.try_on SET human_image = human_image || (right(id, 2)) || '.jpg?secret=' || id`,
    );
    await stage.startWorker(on);
    await eventually(async () =>
      expect(await stage.db.prisma.tryOn.count({ where: { lane: '+copy', status: 'queued' } })).toBe(0),
    );
    isDead = true;
    await untilAll(stage, ids, 'succeeded');

    expect(new Set(server.asked).size).toBe(server.asked.length);
    expect(server.asked).toHaveLength(41);
    for (const id of ids) {
      const row = await findTryOn(stage.db, null, id);
      expect(row?.humanImage).toContain(`secret=${id}`);
      const submitted = await submittedOf(id);
      expect(submitted?.humanImage).toMatch(/\/assets\/[\w-]{43}\.jpg$/);
      expect((await fetch(submitted?.humanImage ?? '')).status).toBe(200);
    }
    expectFairBillOfCopies();
    expect(stage.lines.join('')).not.toMatch(/secret=|assets\/[\w-]{43}/);
    expect((await exchangesOf(ids[0] ?? '')).join('')).not.toMatch(/assets\/[\w-]{43}/);
  });

  /** Many people are the same picture here: of replyRefs none is billed twice. */
  const expectFairBillOfCopies = () => {
    const { byReplyRef, accepted } = stage.simulator.bill();
    expect(Object.values(byReplyRef).filter((count) => count > 1)).toEqual([]);
    expect(accepted).toBe(40);
  };

  it('are copied once however many workers run, and go on where one of them was stopped', async () => {
    const ids = await seedTryOns(stage.db, 30, { ...copied, humanImage: picture('/y') });
    await runSql(stage.db.url, `UPDATE catwalk.try_on SET human_image = human_image || id || '.jpg'`);
    const first = createWorker(await stage.context(on));
    await first.start();
    await eventually(async () => expect(server.asked.length).toBeGreaterThan(3));
    await first.close();
    await Promise.all([stage.startWorker(on), stage.startWorker(on)]);
    // What the one that was stopped had claimed is free when its claims run out.
    await runSql(stage.db.url, `UPDATE catwalk.input_copy SET look_at = now() WHERE result IS NULL`);
    await untilAll(stage, ids, 'succeeded');
    expect(new Set(server.asked).size).toBe(31);
    expect(stage.simulator.bill().accepted).toBe(30);
  });
});

describe('a job whose inputs are to be copied', () => {
  const stageOf = createStage(undefined, {
    accounts: [
      { email: 'anna@example.com', maxJobs: 5 },
      { email: 'ben@example.com', maxJobs: 5 },
    ],
  });
  let stage: Stage;

  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
    failures = new Map();
    isDead = false;
    replaced = null;
    (server.asked as string[]).length = 0;
  });
  const seed = async (path: string, more = {}) =>
    (await seedTryOns(stage.db, 1, { ...copied, humanImage: picture(path), ...more }))[0] ?? '';
  const submittedOf = async (id: string) =>
    (await stage.db.prisma.tryOn.findUniqueOrThrow({ where: { id } })).submittedInputs as {
      humanImage: string;
      assetIds: string[];
    };
  const waitingOf = async (id: string) => {
    const row = await findTryOn(stage.db, null, id);
    if (row === null) throw new Error(`there is no job ${id}`);
    return explainWaiting({ ...row, ...(await readAccountRooms(stage.db)) });
  };
  const retry = (id: string) =>
    judgeJob(stage.db, {
      jobId: id,
      actor: 'shop',
      event: { type: 'retried-by-client', mayBillTwice: false },
    });

  it.each([
    ['answers 404', '/gone.jpg', 'humanImage: the server answers 404'],
    ['is a page', '/page.jpg', 'humanImage: the picture is not a JPEG, PNG or WebP file'],
    ['is too large', '/large.jpg', 'humanImage: the picture is larger than 10 MB'],
    [
      'is too small',
      '/small.png',
      'humanImage: the picture has 100 x 400 pixels, and each side needs at least 300',
    ],
  ])('fails with invalid_input, unbilled, when one %s', async (_, path, message) => {
    const id = await seed(path);
    await stage.startWorker(on);
    await untilAll(stage, [id], 'failed');
    const { error, attempts } = await jobOf(stage, id);
    expect([error, attempts]).toMatchObject([{ code: 'invalid_input', message }, []]);
    expect(stage.simulator.bill().accepted).toBe(0);
  });

  it('is copied while its batch is still uploaded, and does not fail before that is over', async () => {
    const id = await seed('/gone.jpg');
    const batchId = `bat_${'1'.repeat(32)}`;
    await runSql(
      stage.db.url,
      `INSERT INTO catwalk.batch (id, client, format, options, state, state_since, priority, created_at, updated_at)
       VALUES ($1, 'shop', 'ndjson', '', 'receiving', now(), 1, now(), now())`,
      [batchId],
    );
    await runSql(stage.db.url, 'UPDATE catwalk.try_on SET batch_id = $1', [batchId]);
    await stage.startWorker(on);
    await eventually(async () =>
      expect(await stage.db.prisma.inputCopy.count({ where: { result: 'bad' } })).toBe(1),
    );
    expect((await jobOf(stage, id)).status).toBe('queued');
    await runSql(stage.db.url, `UPDATE catwalk.batch SET state = 'running'`);
    await untilAll(stage, [id], 'failed');
  });

  it('is not fetched from a private network', async () => {
    const id = await seed('/person.jpg');
    await stage.startWorker();
    await untilAll(stage, [id], 'failed');
    expect((await jobOf(stage, id)).error?.message).toContain('leads into a private network');
    expect(server.asked).toEqual([]);
  });

  it('waits for a server that fails for a while, and says what for', async () => {
    failures.set('/busy.jpg', 2);
    const ids = [await seed('/busy.jpg'), await seed('/silent.jpg')] as const;
    await stage.startWorker(on);
    await eventually(async () => expect(server.asked).toContain('GET /silent.jpg'));
    expect(await waitingOf(ids[1])).toMatchObject({
      code: 'input_check',
      detail: 'Its input images are being copied (copyInputs); it is submitted when they are',
    });
    await untilAll(stage, [ids[0]], 'succeeded');
    expect(server.asked.filter((line) => line === 'GET /busy.jpg')).toHaveLength(3);
  });

  it('fails with the reason when patience is over', async () => {
    failures.set('/down.jpg', 1_000);
    const id = await seed('/down.jpg');
    const context = await stage.context(on);
    const copies = createInputCopies(
      context,
      { onReleased: () => undefined, onCopied: () => undefined },
      500,
    );
    await eventually(async () => {
      await copies.round();
      expect((await jobOf(stage, id)).status).toBe('failed');
    });
    expect((await jobOf(stage, id)).error).toMatchObject({
      code: 'invalid_input',
      message: 'humanImage: the server answers 503',
    });
    await copies.close();
    await endContext(context);
  });

  it('is copied anew when a person has mended the address and asks again', async () => {
    failures.set('/mended.jpg', 0);
    isDead = true;
    const id = await seed('/mended.jpg');
    await stage.startWorker(on);
    await untilAll(stage, [id], 'failed');
    isDead = false;
    expect((await retry(id)).kind).toBe('changed');
    await untilAll(stage, [id], 'succeeded');
  });

  it('is submitted with the copies it has when it is asked for again, though the addresses are dead', async () => {
    stage.simulator.turnDials({ failureRate: 1 });
    const id = await seed('/once.jpg');
    await stage.startWorker(on);
    await untilAll(stage, [id], 'failed');
    const before = await submittedOf(id);
    isDead = true;
    stage.simulator.turnDials({ failureRate: 0 });
    await retry(id);
    await untilAll(stage, [id], 'succeeded');
    expect(await submittedOf(id)).toEqual(before);
  });

  it('has the picture that lay there when it was accepted, not one of an earlier job', async () => {
    await stage.startWorker(on);
    const first = await seed('/same.jpg');
    await untilAll(stage, [first], 'succeeded');
    replaced = await drawPicture({ color: 0xffffff });
    const second = await seed('/same.jpg');
    await untilAll(stage, [second], 'succeeded');
    expect((await submittedOf(second)).humanImage).not.toBe((await submittedOf(first)).humanImage);
  });

  it('is found in the listing by what was submitted when the answer to its submit is lost', async () => {
    await stage.startWorker(on);
    const known = await seed('/known-1.jpg');
    await untilAll(stage, [known], 'succeeded');
    stage.simulator.turnDials({ lostAnswerRate: 1, lostCallbackRate: 1, delayMs: 1 });
    const id = await seed('/lost-2.jpg');
    await untilAll(stage, [id], 'succeeded');
    expectFairBill(stage);
    expect(stage.simulator.bill().accepted).toBe(2);
  });

  it('is kept by the provider where that cannot reach us, and runs on the account that has its copies', async () => {
    const made = await stage.context(on);
    const { provider } = made;
    const context = {
      ...made,
      config: { ...made.config, publicWebhookUrl: null },
      assets: createAssetKeeper(
        stage.db,
        { kind: 'provider', upload: provider.uploadAsset },
        async () => null,
      ),
    };
    const worker = createWorker(context);
    await worker.start();
    const ids = [];
    for (let n = 0; n < 12; n += 1) ids.push(await seed(`/own-${n}.jpg`));
    const pinned = await seed('/own-pinned.jpg', { email: 'ben@example.com' });
    await untilAll(stage, [...ids, pinned], 'succeeded');
    const accounts = new Set<string | null>();
    for (const id of [...ids, pinned]) {
      const { assetIds, humanImage } = await submittedOf(id);
      expect(humanImage.startsWith(`${stage.url}/assets/`)).toBe(true);
      const { account } = await jobOf(stage, id);
      accounts.add(account);
      const assets = await stage.db.prisma.asset.findMany({ where: { id: { in: assetIds } } });
      expect(new Set(assets.map((asset) => asset.account))).toEqual(new Set([account]));
    }
    expect((await jobOf(stage, pinned)).account).toBe('ben@example.com');
    expect(accounts.size).toBe(2);
    await worker.close();
  });
});
