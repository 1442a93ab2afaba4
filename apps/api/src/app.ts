import type { RememberedRooms } from '@catwalk/infra/postgres';
import express, { type Express, type RequestHandler } from 'express';
import type { BatchAcceptor } from './accept-batch.js';
import type { TryOnAcceptor } from './accept-try-on.js';
import { answerErrors } from './answer-error.js';
import { createAdmit, createAuthenticate } from './authenticate.js';
import type { FinalWatch } from './await-final.js';
import type { ApiContext } from './context.js';
import type { EventStreams } from './event-stream/create-event-streams.js';
import type { AssetPins } from './pin-to-assets.js';
import { ProblemError } from './problem-error.js';
import { beginRequest, stateOf } from './request-state.js';
import { adoptTryOn } from './routes/adopt-try-on.js';
import { cancelTryOn } from './routes/cancel-try-on.js';
import { changeWebhookEndpoint } from './routes/change-webhook-endpoint.js';
import { controlBatch } from './routes/control-batch.js';
import { createAsset } from './routes/create-asset.js';
import { createBatch } from './routes/create-batch.js';
import { createTryOn } from './routes/create-try-on.js';
import { createWebhookEndpoint } from './routes/create-webhook-endpoint.js';
import { deleteTryOn } from './routes/delete-try-on.js';
import { getAsset } from './routes/get-asset.js';
import { getBatch } from './routes/get-batch.js';
import { getBatchResults } from './routes/get-batch-results.js';
import { getDelivery } from './routes/get-delivery.js';
import { getDocs } from './routes/get-docs.js';
import { getDocsFile } from './routes/get-docs-file.js';
import { getDropInTask } from './routes/get-drop-in-task.js';
import { getErrorDocs } from './routes/get-error-docs.js';
import { getImage } from './routes/get-image.js';
import { getOpenApi } from './routes/get-openapi.js';
import { getStatus } from './routes/get-status.js';
import { getTimeline } from './routes/get-timeline.js';
import { getTryOn } from './routes/get-try-on.js';
import { getUsage } from './routes/get-usage.js';
import { getWebhookEndpoint } from './routes/get-webhook-endpoint.js';
import { getHealth, getReadiness } from './routes/health.js';
import { listAccounts } from './routes/list-accounts.js';
import { listBatches } from './routes/list-batches.js';
import { listDeliveries, listEndpointDeliveries } from './routes/list-deliveries.js';
import { listEvents } from './routes/list-events.js';
import { listInvalidLines } from './routes/list-invalid-lines.js';
import { listTryOns } from './routes/list-try-ons.js';
import { listWebhookEndpoints } from './routes/list-webhook-endpoints.js';
import { pauseAccount } from './routes/pause-account.js';
import { pauseEverything } from './routes/pause-everything.js';
import { redeliver } from './routes/redeliver.js';
import { redeliverSince } from './routes/redeliver-since.js';
import { removeWebhookEndpoint } from './routes/remove-webhook-endpoint.js';
import { resumeAccount } from './routes/resume-account.js';
import { resumeEverything } from './routes/resume-everything.js';
import { retryFailed } from './routes/retry-failed.js';
import { retryTryOn } from './routes/retry-try-on.js';
import { rotateWebhookSecret } from './routes/rotate-webhook-secret.js';
import { setBatchPriority } from './routes/set-batch-priority.js';
import { streamEvents } from './routes/stream-events.js';
import { submitDropIn } from './routes/submit-drop-in.js';
import { testWebhookEndpoint } from './routes/test-webhook-endpoint.js';
import { uploadDropInAsset } from './routes/upload-drop-in-asset.js';
import type { AssetGate } from './take-asset.js';

/** The context, and what the routes share while the API runs. */
export interface Api {
  readonly context: ApiContext;
  readonly rooms: RememberedRooms;
  readonly pins: AssetPins;
  readonly acceptor: TryOnAcceptor;
  readonly batches: BatchAcceptor;
  readonly finals: FinalWatch;
  readonly streams: EventStreams;
  readonly assetGate: AssetGate;
}

type Method = 'get' | 'post' | 'patch' | 'delete';
type Methods = { readonly [method in Method]?: RequestHandler };

/** The routes of §3, each with the methods it takes. */
export function createApp(api: Api): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false).set('case sensitive routing', true).set('strict routing', true);
  app.use(beginRequest(api.context));
  route(app, '/healthz', { get: getHealth() });
  // Whoever holds a signed address needs no key, and may be a page of anybody.
  route(app, '/v1/try-ons/:id/images/:n', { get: getImage(api) });
  app.use(admit(api));
  // The probe of an orchestrator has no key, and neither has who reads how to use one.
  route(app, '/readyz', { get: getReadiness(api) });
  route(app, '/openapi.json', { get: getOpenApi() });
  route(app, '/docs', { get: getDocs(api) });
  route(app, '/docs/errors', { get: getErrorDocs() });
  route(app, '/docs/:file', { get: getDocsFile() });
  app.use(authenticate(api));
  app.use(leaveSlash);
  route(app, '/v1/try-ons', { post: createTryOn(api), get: listTryOns(api) });
  route(app, '/v1/try-ons/:id', { get: getTryOn(api), delete: deleteTryOn(api) });
  route(app, '/v1/try-ons/:id/timeline', { get: getTimeline(api) });
  route(app, '/v1/try-ons/:id/cancel', { post: cancelTryOn(api) });
  route(app, '/v1/try-ons/:id/retry', { post: retryTryOn(api) });
  route(app, '/v1/try-ons/:id/adopt', { post: adoptTryOn(api) });
  route(app, '/v1/batches', { post: createBatch(api), get: listBatches(api) });
  route(app, '/v1/batches/:id', { get: getBatch(api) });
  route(app, '/v1/batches/:id/results', { get: getBatchResults(api) });
  route(app, '/v1/batches/:id/invalid-lines', { get: listInvalidLines(api) });
  route(app, '/v1/batches/:id/cancel', { post: controlBatch(api, 'cancel') });
  route(app, '/v1/batches/:id/pause', { post: controlBatch(api, 'pause') });
  route(app, '/v1/batches/:id/resume', { post: controlBatch(api, 'resume') });
  route(app, '/v1/batches/:id/priority', { post: setBatchPriority(api) });
  route(app, '/v1/batches/:id/retry-failed', { post: retryFailed(api) });
  route(app, '/v1/webhook-endpoints', { post: createWebhookEndpoint(api), get: listWebhookEndpoints(api) });
  route(app, '/v1/webhook-endpoints/:id', {
    get: getWebhookEndpoint(api),
    patch: changeWebhookEndpoint(api),
    delete: removeWebhookEndpoint(api),
  });
  route(app, '/v1/webhook-endpoints/:id/rotate-secret', { post: rotateWebhookSecret(api) });
  route(app, '/v1/webhook-endpoints/:id/test', { post: testWebhookEndpoint(api) });
  route(app, '/v1/webhook-endpoints/:id/deliveries', { get: listEndpointDeliveries(api) });
  route(app, '/v1/webhook-endpoints/:id/redeliver', { post: redeliverSince(api) });
  route(app, '/v1/deliveries', { get: listDeliveries(api) });
  route(app, '/v1/deliveries/:id', { get: getDelivery(api) });
  route(app, '/v1/deliveries/:id/redeliver', { post: redeliver(api) });
  route(app, '/v1/events', { get: listEvents(api) });
  route(app, '/v1/events/stream', { get: streamEvents(api) });
  route(app, '/v1/assets', { post: createAsset(api) });
  route(app, '/v1/assets/:id', { get: getAsset(api) });
  route(app, '/v1/status', { get: getStatus(api) });
  route(app, '/v1/accounts', { get: listAccounts(api) });
  route(app, '/v1/accounts/:email/pause', { post: pauseAccount(api) });
  route(app, '/v1/accounts/:email/resume', { post: resumeAccount(api) });
  route(app, '/v1/pause', { post: pauseEverything(api) });
  route(app, '/v1/resume', { post: resumeEverything(api) });
  route(app, '/v1/usage', { get: getUsage(api) });
  route(app, '/v1/kling/images/virtual-try-on', { post: submitDropIn(api) });
  route(app, '/v1/kling/assets', { post: uploadDropInAsset(api) });
  route(app, '/v1/kling/tasks/:task_id', { get: getDropInTask(api) });
  app.use(() => {
    throw new ProblemError('not_found', 'There is nothing at this address');
  });
  app.use(answerErrors(api.context));
  return app;
}

function admit(api: Api): RequestHandler {
  const refuseStrangers = createAdmit(api.context.config);
  return (request, _response, next) => {
    refuseStrangers(request.headers);
    next();
  };
}

/** The provider's own page writes its address of uploads with a slash behind it. */
const leaveSlash: RequestHandler = (request, _response, next) => {
  request.url = request.url.replace(/^\/v1\/kling\/assets\/(?=\?|$)/, '/v1/kling/assets');
  next();
};

function authenticate(api: Api): RequestHandler {
  const identify = createAuthenticate(api.context.config);
  return (request, response, next) => {
    stateOf(response).caller = identify(request.headers);
    next();
  };
}

function route(app: Express, path: string, methods: Methods): void {
  const named =
    (handler: RequestHandler): RequestHandler =>
    (request, response, next) => {
      stateOf(response).route = path;
      return handler(request, response, next);
    };
  const entries = Object.entries(methods) as [Method, RequestHandler][];
  const allowed = entries.flatMap(([method]) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const target = app.route(path);
  for (const [method, handler] of entries) target[method](named(handler));
  target.all(
    named(() => {
      const headers = { Allow: allowed.join(', ') };
      throw new ProblemError('method_not_allowed', `This address takes ${headers.Allow}`, { headers });
    }),
  );
}
