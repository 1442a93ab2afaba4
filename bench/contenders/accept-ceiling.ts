import { makeId } from '@catwalk/infra/postgres';
import { serve } from '@catwalk/infra/process';
import express from 'express';

/** The ceiling: a route that parses JSON and answers. */
export function serveAcceptCeiling() {
  const app = express().disable('x-powered-by').disable('etag');
  app.post('/v1/try-ons', express.json(), (request, response) => {
    response.status(typeof request.body.humanImage === 'string' ? 202 : 400).json({ id: makeId('try') });
  });
  return serve(app, { host: '127.0.0.1', port: 0 });
}
