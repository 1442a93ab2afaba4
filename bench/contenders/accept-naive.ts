import { makeId, openDatabase } from '@catwalk/infra/postgres';
import { serve } from '@catwalk/infra/process';
import express from 'express';
import { openNaiveQueue } from './naive-queue.js';

/** Accepting as most people would write it: a row, then a job, for each request. */
export async function serveAcceptNaive() {
  const databaseUrl = String(process.env.DATABASE_URL);
  const { prisma } = openDatabase({ url: databaseUrl, poolMax: 10 });
  const queue = await openNaiveQueue(databaseUrl, process.env.REDIS_URL);
  const app = express();
  app.post('/v1/try-ons', express.json(), async (request, response) => {
    const { humanImage, dressInput, imageCount, replyUrl, replyRef, customId, metadata } = request.body;
    const now = new Date();
    const times = { statusSince: now, dueAt: now, createdAt: now, updatedAt: now };
    const asked = { humanImage, dressInput, imageCount, replyUrl, replyRef, customId, metadata };
    const own = { client: 'bench', origin: 'api', priority: 1, lane: '*', status: 'queued' };
    const row = await prisma.tryOn.create({ data: { id: makeId('try'), ...asked, ...own, ...times } });
    await queue.add('try-on', { id: row.id });
    response.status(202).json({ id: row.id });
  });
  const server = await serve(app, { host: '127.0.0.1', port: 0 });
  const close = async () => {
    await queue.obliterate({ force: true });
    await queue.close();
    await server.close();
  };
  return { port: server.port, close };
}
