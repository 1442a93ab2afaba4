import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { answer } from './answer.js';
import type { SimulatorContext } from './context.js';
import { controlRoutes } from './routes/control.js';
import { listTasks } from './routes/list-tasks.js';
import { serveAsset, serveResult, serveSample } from './routes/serve-pictures.js';
import { listAccounts, showAccount } from './routes/show-accounts.js';
import { showAvailable, showScheduler } from './routes/show-scheduler.js';
import { showTask } from './routes/show-task.js';
import { submitTryOn } from './routes/submit-try-on.js';
import { uploadAsset } from './routes/upload-asset.js';

export function createApp(context: SimulatorContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/v1', playDown(context), checkToken(context));
  app.post('/v1/kling/images/virtual-try-on', submitTryOn(context));
  app.get('/v1/kling/tasks', listTasks(context));
  app.get('/v1/kling/tasks/:id', showTask(context));
  app.get('/v1/kling/scheduler', showScheduler(context));
  app.get('/v1/kling/scheduler/available', showAvailable(context));
  app.post('/v1/kling/assets', uploadAsset(context));
  app.get('/v1/kling/accounts', listAccounts(context));
  app.get('/v1/kling/accounts/:email', showAccount(context));
  app.get('/samples/:file', serveSample(context));
  app.get('/assets/:file', serveAsset(context));
  app.get('/results/:task/:file', serveResult(context));
  app.use('/control', controlRoutes(context));
  app.get('/healthz', (_request, response) => answer(response, 200, { ok: true }));
  app.use((_request, response) => answer(response, 404, { error: 'Not found' }));
  app.use(answerFault(context));
  return app;
}

/** Pictures and control stay reachable: only the provider's API is down. */
function playDown(context: SimulatorContext): RequestHandler {
  return (_request, response, next) => {
    const { down } = context.dials.current();
    if (down === 'refuse') return answer(response, 503, { error: 'Service Unavailable' });
    if (down === 'destroy') return void response.destroy();
    next();
  };
}

function checkToken(context: SimulatorContext): RequestHandler {
  const expected = `Bearer ${context.token}`;
  return (request, response, next) => {
    if (request.headers.authorization === expected) return next();
    answer(response, 401, { error: 'Unauthorized', code: 401 });
  };
}

function answerFault(context: SimulatorContext): ErrorRequestHandler {
  return (fault, _request, response, _next) => {
    // A client that hangs up in the middle of its body is its own affair.
    if (response.destroyed || context.stopping.aborted) return;
    const status = fault instanceof URIError ? 400 : 500;
    context.log.error({ err: fault }, 'request.failed');
    answer(response, status, { error: status === 400 ? 'Bad Request' : 'Internal Server Error' });
  };
}
