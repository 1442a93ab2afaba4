import { type RunningServer, serve, within } from '@catwalk/infra/process';
import express, { type Express } from 'express';
import type { WebhookContext } from './context.js';
import { answerBodyError, createUnsignedCounter, receiveCallback } from './receive-callback.js';
import { serveAsset } from './serve-asset.js';

export interface WebhookApp {
  start(): Promise<RunningServer>;
  close(): Promise<void>;
}

/** The webhook app: one endpoint for the provider's callbacks, one for the assets it fetches, and one that tells it lives. */
export function createWebhook(context: WebhookContext): WebhookApp {
  const app = buildApp(context);
  let server: RunningServer | undefined;
  return {
    start: async () => {
      const { host, port } = context.config;
      server = await serve(app, {
        settings: 'WEBHOOK',
        host,
        port: port.port,
        portIsDefault: port.isDefault,
      });
      context.logger.info({ url: server.url }, 'webhook.started');
      return server;
    },
    close: async () => {
      await server?.close();
      await bounded(context.recorder.drain(), 'storing what was received');
      await bounded(context.pictures.close(), 'closing the store of pictures');
      await bounded(context.db.close(), 'closing the database');
    },
  };
}

/** Stopping takes 8.5 s at most: 4 s for requests in flight, and these three. */
const STEP_MS = 1_500;

function bounded(step: Promise<unknown>, doing: string): Promise<unknown> {
  return within(STEP_MS, step, doing).catch(() => undefined);
}

function buildApp(context: WebhookContext): Express {
  const unsigned = createUnsignedCounter(context);
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/assets/:name', serveAsset(context));
  app.post('/callbacks/:replyRef/:signature', receiveCallback(context, unsigned));
  app.use((_request, response) => {
    unsigned.count();
    response.status(404).end();
  });
  app.use(answerBodyError);
  return app;
}
