import { makeId, openDatabase } from '@catwalk/infra/postgres';
import { serve } from '@catwalk/infra/process';
import express from 'express';

/** The receiver as most people would write it: one query after the other, for each request. */
export function serveCallbackNaive() {
  const { prisma } = openDatabase({ url: String(process.env.DATABASE_URL), poolMax: 10 });
  const app = express();
  app.post('/callbacks/:replyRef/:signature', express.json(), async (request, response) => {
    const replyRef = String(request.params.replyRef);
    const now = new Date();
    await prisma.callback.create({
      data: {
        id: makeId('cb'),
        replyRef,
        decision: 'received',
        body: Buffer.from(JSON.stringify(request.body)),
        headers: {},
        contentHash: '',
        receivedAt: now,
        lastReceivedAt: now,
      },
    });
    const attempt = await prisma.attempt.findUnique({ where: { replyRef } });
    if (attempt === null) return void response.status(404).end();
    const done = request.body.status_final === true && request.body.status_name === 'succeed';
    if (done)
      await prisma.tryOn.update({
        where: { id: attempt.tryOnId },
        data: { status: 'succeeded', finishedAt: now, updatedAt: now },
      });
    response.status(200).end();
  });
  return serve(app, { host: '127.0.0.1', port: 0 });
}
