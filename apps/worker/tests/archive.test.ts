import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPictureStore } from '@catwalk/infra/pictures';
import { deleteTryOns, judgeJob, pictureKey } from '@catwalk/infra/postgres';
import {
  drawPicture,
  eventually,
  type ImageServer,
  makePictureBomb,
  seedAccounts,
  seedTryOns,
  startAttempts,
  startImageServer,
} from '@catwalk/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage, untilAll } from './start-stage.js';

const stageOf = createStage(undefined);
let stage: Stage;
let home: string;
let picture: Buffer;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'catwalk-archive-'));
  picture = await drawPicture({ format: 'jpeg', width: 60, height: 80 });
});
afterAll(() => rm(home, { recursive: true, force: true }));
beforeEach(async () => {
  stage = await stageOf();
  await stage.reset();
});

/** A day of trying in some seconds. */
const archiving = (more: Record<string, string> = {}) => ({
  ARCHIVE_URL: undefined,
  CATWALK_HOME: home,
  ALLOW_PRIVATE_ADDRESSES: 'on',
  ARCHIVE_DEADLINE_MS: '86400000',
  ...more,
});
const store = () => openPictureStore({ kind: 'disk', folder: join(home, 'sandbox/pictures') });
const rows = () => stage.db.prisma.archivedImage.findMany({ orderBy: { id: 'asc' } });
const kindsOf = async (tryOnId: string) =>
  (await stage.db.prisma.event.findMany({ where: { tryOnId }, orderBy: { id: 'asc' } })).map((e) => e.kind);
const untilSaved = (count: number) =>
  eventually(async () => expect((await rows()).filter((row) => row.state === 'saved')).toHaveLength(count), {
    timeoutMs: 20_000,
  });

/** Brings jobs to success with pictures at these addresses, as the provider would. */
async function succeedWith(urls: readonly string[]): Promise<string> {
  await seedAccounts(stage.db, { 'anna@example.com': 10 });
  const ids = await seedTryOns(stage.db, 1);
  const [claim] = await startAttempts(stage.db, ids);
  const { jobId, attemptId } = claim ?? { jobId: '', attemptId: '' };
  const taskId = String(randomBytes(5).readUIntBE(0, 5));
  const images = urls.map((url) => ({ url, width: null, height: null }));
  for (const event of [
    { type: 'accepted', taskId, provisional: false },
    { type: 'succeeded', taskId, images },
  ] as const)
    await judgeJob(stage.db, { jobId, actor: 'worker', event: { type: 'attempt', attemptId, event } });
  return jobId;
}

const serving = async <T>(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (server: ImageServer) => Promise<T>,
): Promise<T> => {
  const server = await startImageServer(answer);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
};

describe('the pictures of a result', () => {
  it('are in the store, checksummed, by the time the job says that they are archived, once', async () => {
    await stage.startWorker(archiving());
    const ids = await seedTryOns(stage.db, 3, { imageCount: 2 });
    await untilAll(stage, ids, 'succeeded');
    await untilSaved(6);
    for (const row of await rows()) {
      expect(row).toMatchObject({ contentType: 'image/png', error: null, tries: 1 });
      expect(row.sha256).toMatch(/^[0-9a-f]{64}$/);
      const kept = await store().open(pictureKey(row));
      expect(kept?.bytes).toBe(row.bytes);
      kept?.stream.destroy();
    }
    for (const id of ids)
      expect((await kindsOf(id)).filter((kind) => kind === 'try_on.archived')).toHaveLength(1);
    const told = await stage.db.prisma.publishedEvent.findMany({ where: { type: 'try_on.archived' } });
    expect(told.map((event) => event.tryOnId)).toEqual(expect.arrayContaining(ids));
    const line = stage.lines.map((text) => JSON.parse(text)).find((each) => each.msg === 'image.archived');
    expect(line).toMatchObject({
      jobId: expect.stringMatching(/^try_/),
      host: new URL(stage.url).host,
      tries: 1,
    });
  });

  it('are not archived, nor noted, where that is switched off', async () => {
    await stage.startWorker();
    const ids = await seedTryOns(stage.db, 1);
    await untilAll(stage, ids, 'succeeded');
    expect(await rows()).toEqual([]);
  });

  it('are found again at the provider when their addresses have died', async () => {
    stage.simulator.turnDials({ resultLifetimeMs: 300 });
    await stage.startWorker();
    await stage.db.prisma.setting.update({ where: { key: 'archive' }, data: { value: 'on' } });
    const ids = await seedTryOns(stage.db, 2);
    await untilAll(stage, ids, 'succeeded');
    await stage.stopWorkers();
    const dead = await rows();
    await eventually(async () => expect((await fetch(dead.at(-1)?.providerUrl ?? '')).status).toBe(403));
    await stage.startWorker(archiving());
    await untilSaved(2);
    expect((await rows()).map((row) => row.tries)).toEqual([1, 1]);
  });

  it('are tried again, ever more rarely, while their server fails; the job stays what it is', async () => {
    let asked = 0;
    await serving(
      (_request, response) => {
        asked += 1;
        if (asked > 4) response.end(picture);
        else if (asked % 2 === 0) response.destroy();
        else response.writeHead(503).end();
      },
      async (server) => {
        await stage.startWorker(archiving({ ARCHIVE_DEADLINE_MS: '4000000' }));
        const id = await succeedWith([`${server.url}/a.jpg`]);
        await untilSaved(1);
        const [row] = await rows();
        expect(row).toMatchObject({
          contentType: 'image/jpeg',
          width: 60,
          height: 80,
          bytes: picture.byteLength,
        });
        expect(row?.tries).toBe(5);
        expect(await stage.db.prisma.tryOn.findUnique({ where: { id } })).toMatchObject({
          status: 'succeeded',
        });
      },
    );
  });

  it('are refused and recorded when they are too large, no pictures, or bombs', async () => {
    const refused: Record<string, { reason: string; answer: (response: ServerResponse) => void }> = {
      'an answer of 200 MB': {
        reason: 'too_large',
        answer: (response) =>
          response.writeHead(200, { 'content-length': 200 * 1_048_576 }).write(Buffer.alloc(65_536)),
      },
      'one of more than 50 MB that does not say so': {
        reason: 'too_large',
        answer: (response) => pour(response, 52 * 1_048_576),
      },
      'an HTML page': {
        reason: 'not_a_picture',
        answer: (response) => response.end('<!doctype html><h1>Gone</h1>'),
      },
      'an SVG': {
        reason: 'not_a_picture',
        answer: (response) =>
          response
            .writeHead(200, { 'content-type': 'image/png' })
            .end('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
      },
      'a decompression bomb': {
        reason: 'too_many_pixels',
        answer: (response) => response.end(makePictureBomb()),
      },
    };
    await serving(
      (request, response) => refused[decodeURIComponent(request.url?.slice(1) ?? '')]?.answer(response),
      async (server) => {
        await stage.startWorker(archiving({ ARCHIVE_DEADLINE_MS: '86400' }));
        const ids = new Map<string, string>();
        for (const what of Object.keys(refused))
          ids.set(what, await succeedWith([`${server.url}/${encodeURIComponent(what)}`]));
        const lost = async () => {
          const told = await stage.db.prisma.publishedEvent.findMany({
            where: { type: 'pictures.at_risk', data: { path: ['lost'], equals: true } },
          });
          return told.map(({ tryOnId, client, data }) => ({ tryOnId, client, data }));
        };
        const reasonOf = (what: string) => refused[what]?.reason;
        await eventually(
          async () =>
            expect(await lost()).toEqual(
              expect.arrayContaining(
                [...ids].map(([what, tryOnId]) => ({
                  tryOnId,
                  client: null,
                  data: { index: 0, reason: reasonOf(what), lost: true },
                })),
              ),
            ),
          { timeoutMs: 25_000 },
        );
        for (const [what, id] of ids) {
          const [row] = await stage.db.prisma.archivedImage.findMany({ where: { tryOnId: id } });
          expect({ what, ...row }).toMatchObject({ what, state: 'lost', error: reasonOf(what), tries: 10 });
          expect((await kindsOf(id)).at(-1)).toBe('picture.lost');
          const job = await stage.db.prisma.tryOn.findUnique({ where: { id } });
          expect(job?.status).toBe('succeeded');
        }
      },
    );
  });

  it('are told to be at risk before they are given up at the end of the time', async () => {
    await serving(
      (_request, response) => response.writeHead(500).end(),
      async (server) => {
        await stage.startWorker(archiving({ ARCHIVE_DEADLINE_MS: '3000' }));
        const id = await succeedWith([`${server.url}/a.png`]);
        await eventually(async () => expect((await rows())[0]?.state).toBe('lost'), { timeoutMs: 15_000 });
        expect((await kindsOf(id)).slice(-2)).toEqual(['picture.at_risk', 'picture.lost']);
      },
    );
  });

  it('are not fetched from an address of our own network, unless that is allowed', async () => {
    await serving(
      (_request, response) => response.end(picture),
      async (server) => {
        await stage.startWorker(archiving({ ALLOW_PRIVATE_ADDRESSES: 'off' }));
        await succeedWith([`${server.url}/a.png`]);
        await eventually(async () => expect((await rows())[0]?.error).toBe('refused_address'));
        expect(server.asked).toEqual([]);
      },
    );
  });

  it('are given back at once by a worker that stops, and fetched by the next', async () => {
    await serving(
      (request, response) => {
        if (request.url === '/slow.jpg' && !freed) response.writeHead(200).write('x');
        else response.end(picture);
      },
      async (server) => {
        const worker = await stage.startWorker(archiving());
        await succeedWith([`${server.url}/slow.jpg`]);
        await eventually(async () => expect(server.asked).toHaveLength(1));
        const begun = performance.now();
        await worker.close();
        expect(performance.now() - begun).toBeLessThan(3_000);
        freed = true;
        await stage.startWorker(archiving());
        await untilSaved(1);
        expect((await rows())[0]?.tries).toBe(1);
      },
    );
  });
  let freed = false;

  it('stay where they are when two workers fetched the same one, since the lease of the first ran out', async () => {
    let waiting: ServerResponse | undefined;
    await serving(
      (_request, response) => {
        if (waiting === undefined) waiting = response;
        else response.end(picture);
      },
      async (server) => {
        await stage.startWorker(archiving());
        await succeedWith([`${server.url}/a.jpg`]);
        await eventually(async () => expect(server.asked).toHaveLength(1));
        await stage.db.prisma.archivedImage.updateMany({ data: { dueAt: new Date(0) } });
        await untilSaved(1);
        waiting?.end(picture);
        await eventually(async () =>
          expect(stage.lines.some((line) => line.includes('"result":"known"'))).toBe(true),
        );
        expect(await stage.db.prisma.pictureRemoval.count()).toBe(0);
      },
    );
  });

  it('of 60 jobs at once are fetched by two workers, each once, and no more than 8 at a time by one', async () => {
    await serving(
      (_request, response) => setTimeout(() => response.end(picture), 20),
      async (server) => {
        const urls = Array.from({ length: 60 }, (_, n) => `${server.url}/${n}.jpg`);
        await stage.startWorker(archiving());
        await stage.startWorker(archiving());
        for (let n = 0; n < 60; n += 4) await succeedWith(urls.slice(n, n + 4));
        await untilSaved(60);
        expect(new Set(server.asked).size).toBe(60);
        expect(server.asked).toHaveLength(60);
        expect(server.openMax()).toBeLessThanOrEqual(16);
      },
    );
  });
});

describe('what was deleted', () => {
  it('leaves the store within seconds, also a picture that came while it was deleted', async () => {
    await serving(
      (request, response) => {
        if (request.url !== '/late.jpg') return void response.end(picture);
        void deleteTryOns(stage.db, [late], 'shop').then(() => response.end(picture));
      },
      async (server) => {
        await stage.startWorker(archiving());
        const id = await succeedWith([`${server.url}/a.jpg`]);
        await untilSaved(1);
        await deleteTryOns(stage.db, [id], 'shop');
        late = await succeedWith([`${server.url}/late.jpg`]);
        await stage.db.prisma.pictureRemoval.updateMany({ data: { dueAt: new Date() } });
        await eventually(
          async () => {
            expect(await stage.db.prisma.archivedImage.count()).toBe(0);
            const files = await readdir(join(home, 'sandbox/pictures/try-ons'), { recursive: true });
            const kept = new Set(files.map(String).filter((name) => name.includes('att_')));
            expect([...kept].filter((name) => name.includes(id))).toEqual([]);
            await stage.db.prisma.pictureRemoval.updateMany({ data: { dueAt: new Date(0) } });
            expect(await stage.db.prisma.pictureRemoval.count()).toBe(0);
          },
          { timeoutMs: 20_000 },
        );
      },
    );
  });
  let late = '';
});

describe('what is older than RETENTION_DAYS', () => {
  it('goes in chunks by one worker, and the bill stays', async () => {
    await stage.startWorker(archiving());
    const ids = await seedTryOns(stage.db, 4);
    await untilAll(stage, ids, 'succeeded');
    await untilSaved(4);
    await stage.stopWorkers();
    const old = ids.slice(0, 3);
    await stage.db.prisma.tryOn.updateMany({
      where: { id: { in: old } },
      data: { finishedAt: new Date(Date.now() - 31 * 86_400_000) },
    });
    await stage.startWorker(archiving({ RETENTION_DAYS: '30' }));
    await stage.startWorker(archiving({ RETENTION_DAYS: '30' }));
    await eventually(async () =>
      expect(await stage.db.prisma.tryOn.count({ where: { deletedAt: { not: null } } })).toBe(3),
    );
    const attempts = await stage.db.prisma.attempt.findMany({ where: { tryOnId: { in: old } } });
    expect(attempts.map((each) => [each.account, each.state, each.imagesBilled, each.images])).toEqual(
      old.map(() => ['anna@example.com', 'ended_succeeded', 1, []]),
    );
    expect(await stage.db.prisma.callback.count({ where: { tryOnId: { in: old } } })).toBe(0);
    expect((await rows()).map((row) => row.tryOnId)).toEqual(ids.slice(3));
  });
});

/** More than is taken, without saying how much. */
function pour(response: ServerResponse, bytes: number): void {
  response.writeHead(200);
  const piece = Buffer.alloc(1_048_576);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.byteLength) response.write(piece);
  response.end();
}
