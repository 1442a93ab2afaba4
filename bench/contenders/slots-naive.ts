import { openDatabase } from '@catwalk/infra/postgres';
import { serve } from '@catwalk/infra/process';
import express from 'express';
import { openNaiveQueue, openNaiveWorker } from './naive-queue.js';

const CONCURRENCY = 50;
const BACKOFF_MS = 1_000;
/** A kinder limit than most have: BullMQ's own backoff doubles without end, and such a run would take hours. */
const BACKOFF_MAX_MS = 8_000;

/**
 * Submitting as most people would write it: a BullMQ worker with as many jobs at once as there are slots, which
 * takes the accounts in turn, holds a job until its callback comes, and on a 429 leaves it to BullMQ to try
 * again after 1, 2, 4, 8 s.
 */
export async function serveSlotsNaive() {
  const { DATABASE_URL = '', REDIS_URL, SIMULATOR_URL = '', ACCOUNTS = '' } = process.env;
  const { prisma } = openDatabase({ url: DATABASE_URL, poolMax: 10 });
  const accounts = ACCOUNTS.split(',');
  const waiting = new Map<string, () => void>();
  const app = express();
  app.post('/callbacks/:id', express.json(), async (request, response) => {
    if (request.body.status_final === true) waiting.get(request.params.id)?.();
    response.status(200).end();
  });
  const server = await serve(app, { host: '127.0.0.1', port: 0 });
  const queue = await openNaiveQueue(DATABASE_URL, REDIS_URL);

  let turn = 0;
  const submit = async (id: string, images: unknown): Promise<void> => {
    const email = accounts[turn++ % accounts.length];
    const ended = new Promise<void>((resolve) => waiting.set(id, resolve));
    const answer = await fetch(`${SIMULATOR_URL}/v1/kling/images/virtual-try-on`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox', 'content-type': 'application/json' },
      body: JSON.stringify({
        ...Object(images),
        email,
        replyUrl: `http://127.0.0.1:${server.port}/callbacks/${id}`,
      }),
    });
    await answer.text();
    if (answer.status !== 200) throw new Error(`the provider answered ${answer.status}`);
    await prisma.tryOn.update({ where: { id }, data: { status: 'processing', submittedAt: new Date() } });
    await ended;
    waiting.delete(id);
    await prisma.tryOn.update({ where: { id }, data: { status: 'succeeded', finishedAt: new Date() } });
  };
  const rows = await prisma.tryOn.findMany({
    select: { id: true, humanImage: true, dressInput: true, imageCount: true },
    orderBy: { id: 'asc' },
  });
  const opts = { attempts: 1_000, backoff: { type: 'custom' }, removeOnComplete: true };
  await queue.addBulk(rows.map(({ id, ...images }) => ({ name: 'try-on', data: { id, images }, opts })));
  const worker = openNaiveWorker(DATABASE_URL, REDIS_URL, (job) => submit(job.data.id, job.data.images), {
    concurrency: CONCURRENCY,
    settings: { backoffStrategy: (made) => Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (made - 1)) },
  });
  const close = async () => {
    await worker.close(true);
    await queue.obliterate({ force: true });
    await queue.close();
    await server.close();
  };
  return { port: server.port, close };
}
