import { describeOnEachBackend, drawPicture, type ImageServer, startImageServer } from '@catwalk/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilAllEnded } from './jobs.js';
import { type System, startSystem } from './start-system.js';

/** Jobs of the batch, how long the addresses of its pictures live, and how long a task takes. */
const JOBS = 120;
const ALIVE_MS = 5_500;
const TASK_MS = 2_500;

describeOnEachBackend('pictures that the provider could not reach by themselves', ({ redisUrl }) => {
  let system: System;
  let source: ImageServer;
  let pictures: Buffer[];
  let diesAt = Number.POSITIVE_INFINITY;

  beforeAll(async () => {
    const colors = Array.from({ length: 8 }, (_, n) => 0x101010 * (n + 1));
    pictures = await Promise.all(colors.map((color) => drawPicture({ color })));
    source = await startImageServer((request, response) => {
      if (performance.now() > diesAt) return void response.writeHead(403).end('expired');
      const n = Number(/(\d+)\.png/.exec(request.url ?? '')?.[1] ?? 0);
      response.writeHead(200, { 'content-type': 'image/png' }).end(pictures[n % pictures.length]);
    });
    system = await startSystem({
      redisUrl,
      simulator: { allowPrivateAddresses: true, dials: { delayMs: 10 } },
      env: { ALLOW_PRIVATE_ADDRESSES: 'on' },
    });
  });
  afterAll(async () => {
    await system?.close();
    await source?.close();
  });

  const upload = async (bytes: Buffer, type: string): Promise<string> => {
    const answer = await fetch(`${system.urls.api}/v1/assets`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(bytes),
    });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { url: string }).url;
  };

  const sample = async (name: string) => {
    const answer = await fetch(`${system.urls.simulator}/samples/${name}.png`);
    return Buffer.from(await answer.arrayBuffer());
  };

  it('are sent as assets, which the provider fetches and makes pictures of', async () => {
    const humanImage = await upload(await sample('person-1'), 'image/png');
    const dressInput = await upload(await sample('dress-1'), 'image/png');
    const made = await system.post('/v1/try-ons', { humanImage, dressInput }, { prefer: 'wait=20' });
    expect(made.body).toMatchObject({ status: 'succeeded', humanImage, dressInput });
    const drop = await system.post('/v1/kling/images/virtual-try-on', { humanImage, dressInput });
    expect(drop.body.task.taskInfo.inputs[0].url).toBe(humanImage);
    await untilAllEnded(system, system.databaseUrl, { timeoutMs: 20_000 });
    // It does fetch them: one that is not there fails the task.
    const gone = humanImage.replace(/[\w-]{43}/, 'A'.repeat(43));
    const failed = await system.post('/v1/try-ons', { humanImage: gone, dressInput }, { prefer: 'wait=20' });
    expect(failed.body).toMatchObject({ status: 'failed', attempts: 1 });
  });

  it('a batch whose addresses die long before its turn succeeds, all of it, when its inputs are copied', async () => {
    system.simulator.turnDials({ delayMs: TASK_MS, pictures: 'placeholder' });
    const before = source.asked.length;
    const lines = Array.from({ length: JOBS }, (_, n) => ({
      humanImage: `${source.url}/person/${n}.png?signature=s3cret`,
      upperInput: `${source.url}/top/${n % 5}.png?signature=s3cret`,
      customId: `look-${n}`,
    }));
    const answer = await fetch(`${system.urls.api}/v1/batches?copyInputs=true&pauseOnFailures=off`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    });
    expect(answer.status).toBe(202);
    diesAt = performance.now() + ALIVE_MS;
    const startedAt = performance.now();
    await untilAllEnded(system, system.databaseUrl, { timeoutMs: 40_000 });

    // Its end was well behind the death of all addresses.
    expect(performance.now() - startedAt).toBeGreaterThan(ALIVE_MS);
    const { id } = (await answer.json()) as { id: string };
    const { body } = await system.get(`/v1/batches/${id}`);
    expect([body.counts.succeeded, body.failures]).toEqual([JOBS, {}]);
    expect(source.asked.length - before).toBe(JOBS + 5);
    const [shown] = (await system.get(`/v1/try-ons?batchId=${id}&limit=1`)).body.data;
    expect(shown).toMatchObject({
      copyInputs: true,
      humanImage: expect.stringContaining('signature=s3cret'),
    });
    expect(system.lines.join('')).not.toMatch(/s3cret|\/assets\/[\w-]{43}/);
  });
});
