import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { answer } from '../answer.js';
import type { SimulatorContext } from '../context.js';
import { sampleCatalogue } from '../pictures/sample-catalogue.js';
import { readBody } from '../read-body.js';
import { readBill, readIdle, resetSimulator } from '../steer-simulator.js';

const accountPatchSchema = z.strictObject({
  maxJobs: z.number().int().min(1).max(50).optional(),
  errorState: z
    .union([z.literal(402), z.literal(412), z.literal(596)])
    .nullable()
    .optional(),
});
const resetSchema = z.strictObject({ dials: z.boolean().default(false) });

/** The hidden side: what a person or a test turns, and what it reads afterwards. Not part of the wire. */
export function controlRoutes(context: SimulatorContext): Router {
  const router = Router();
  router.use(onlyFromThisMachine);
  const turnDials: RequestHandler = async (request, response) =>
    answer(response, 200, context.dials.turn(await readJson(request)));
  router.get('/dials', (_request, response) => answer(response, 200, context.dials.current()));
  router.route('/dials').put(turnDials).patch(turnDials);
  router.get('/bill', (_request, response) => answer(response, 200, readBill(context)));
  router.get('/idle', (_request, response) => answer(response, 200, readIdle(context)));
  router.get('/samples', (_request, response) => answer(response, 200, sampleCatalogue));
  router.post('/reset', async (request, response) => {
    resetSimulator(context, resetSchema.parse(await readJson(request)));
    answer(response, 200, readBill(context));
  });
  accountRoutes(router, context);
  router.use((fault: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (fault instanceof z.ZodError) answer(response, 400, { error: z.prettifyError(fault) });
    else if (fault instanceof SyntaxError) answer(response, 400, { error: 'The body is not JSON' });
    else next(fault);
  });
  return router;
}

function accountRoutes(router: Router, context: SimulatorContext): void {
  const putAccount: RequestHandler<{ email: string }> = async (request, response) => {
    const patch = accountPatchSchema.parse(await readJson(request));
    answer(response, 200, context.accounts.put(request.params.email, patch));
  };
  router.get('/accounts', (_request, response) => answer(response, 200, context.accounts.list()));
  router.put('/accounts/:email', putAccount);
  router.patch('/accounts/:email', putAccount);
  router.delete('/accounts/:email', (request, response) => {
    const removed = context.accounts.remove(request.params.email);
    answer(response, removed ? 200 : 404, { removed });
  });
}

async function readJson(request: Request): Promise<unknown> {
  const body = await readBody(request, 65_536);
  return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
}

/** It listens on loopback only; this also keeps out pages in a browser on the same machine. */
const onlyFromThisMachine: RequestHandler = (request, response, next) => {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  const foreignPage =
    request.headers.origin !== undefined || request.headers['x-forwarded-for'] !== undefined;
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host) || foreignPage) {
    return answer(response, 403, { error: 'The control endpoints answer this machine only' });
  }
  next();
};
