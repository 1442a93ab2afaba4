import { serve } from '@catwalk/infra/process';
import express from 'express';

/** The ceiling: a route that only answers. */
export function serveCallbackCeiling() {
  const app = express().disable('x-powered-by').disable('etag');
  app.post('/callbacks/:replyRef/:signature', (_request, response) => {
    response.status(200).end();
  });
  return serve(app, { host: '127.0.0.1', port: 0 });
}
