import { serve } from '@catwalk/infra/process';
import { isSignedByUs, parseCallbackBody } from '@catwalk/provider';
import express from 'express';

/** Verifies the path's signature, reads and parses the body, and answers: all but keeping it. */
export function serveCallbackVerified() {
  const secrets = [String(process.env.CALLBACK_SECRET)];
  const app = express().disable('x-powered-by').disable('etag');
  app.post(
    '/callbacks/:replyRef/:signature',
    express.raw({ type: () => true, limit: 1_048_576 }),
    (request, response) => {
      const { replyRef, signature } = request.params;
      const signed = isSignedByUs('sandbox', String(replyRef), String(signature), secrets);
      response.status(signed && parseCallbackBody(request.body) !== null ? 200 : 400).end();
    },
  );
  return serve(app, { host: '127.0.0.1', port: 0 });
}
