import { createHash } from 'node:crypto';
import { makeId, openDatabase } from '@catwalk/infra/postgres';
import { createGroupCommit, serve } from '@catwalk/infra/process';
import { isSignedByUs, parseCallbackBody } from '@catwalk/provider';
import express from 'express';

interface Received {
  readonly replyRef: string;
  readonly body: Buffer;
}

/**
 * What being durable costs at the least: verified, parsed, and in batches one row inserted and one updated, in
 * one statement. No rules, no repeats, no attempt, no events.
 */
export function serveCallbackBatched() {
  const secrets = [String(process.env.CALLBACK_SECRET)];
  const db = openDatabase({ url: String(process.env.DATABASE_URL), poolMax: 10 });
  const recorder = createGroupCommit<Received, true>({
    sizeOf: ({ body }) => body.byteLength,
    flush: async (received) => {
      const ids = received.map(() => makeId('cb'));
      const refs = received.map((one) => one.replyRef);
      const bodies = received.map((one) => one.body.toString('base64'));
      const hashes = received.map((one) => createHash('sha256').update(one.body).digest('hex'));
      await db.prisma.$executeRaw`
        WITH r AS MATERIALIZED (
          SELECT * FROM unnest(${ids}::text[], ${refs}::text[], ${bodies}::text[], ${hashes}::text[])
            AS r(id, reply_ref, body, content_hash)
        ),
        done AS (
          UPDATE catwalk.try_on t SET status = 'succeeded', finished_at = now(), updated_at = now()
          FROM r WHERE t.id = 'try_' || substr(r.reply_ref, 5)
        )
        INSERT INTO catwalk.callback (id, reply_ref, decision, body, headers, content_hash, received_at, last_received_at)
        SELECT id, reply_ref, 'received', decode(body, 'base64'), '{}', content_hash, now(), now() FROM r`;
      return received.map(() => true);
    },
  });
  const app = express().disable('x-powered-by').disable('etag');
  app.post(
    '/callbacks/:replyRef/:signature',
    express.raw({ type: () => true, limit: 1_048_576 }),
    async (request, response) => {
      const replyRef = String(request.params.replyRef);
      const signed = isSignedByUs('sandbox', replyRef, String(request.params.signature), secrets);
      const parsed = parseCallbackBody(request.body);
      if (signed && parsed !== null) await recorder.submit({ replyRef, body: request.body });
      response.status(signed && parsed !== null ? 200 : 400).end();
    },
  );
  return serve(app, { host: '127.0.0.1', port: 0 });
}
