import type { RequestHandler, Response } from 'express';
import { answer } from '../answer.js';
import { countUp } from '../bill.js';
import type { SimulatorContext } from '../context.js';
import { InputFault } from '../pictures/load-input.js';

/** `GET /results/{task}/{n}.png`: drawn when it is first asked for. */
export function serveResult(context: SimulatorContext): RequestHandler<{ task: string; file: string }> {
  return async (request, response) => {
    const task = context.tasks.find(request.params.task);
    const until = Number(request.query.until ?? Number.POSITIVE_INFINITY);
    if (!(Date.now() < until)) return answer(response, 403, { error: 'Request has expired' });
    if (fails(context, `${request.params.task}/${request.params.file}`))
      return answer(response, 503, { error: 'Slow down' });
    const index = /^(\d)\.png$/.exec(request.params.file)?.[1];
    if (task?.status !== 'succeed' || index === undefined || Number(index) >= task.plan.images) {
      return answer(response, 404, { error: 'Not found' });
    }
    try {
      sendPicture(response, await context.pictures.result(task, Number(index)), 'image/png');
    } catch (fault) {
      // Forgotten here, and its inputs are no longer where they were.
      if (!(fault instanceof InputFault)) throw fault;
      answer(response, 410, { error: `The picture has expired: ${fault.message}` });
    }
  };
}

/** Drawn anew for each try. */
function fails({ dials, draw, ledger }: SimulatorContext, result: string): boolean {
  const { resultFailureRate } = dials.current();
  if (resultFailureRate === 0) return false;
  return draw('result', `${result} ${countUp(ledger.downloads, result)}`) < resultFailureRate;
}

/** `GET /samples/{name}.png` */
export function serveSample(context: SimulatorContext): RequestHandler<{ file: string }> {
  return async (request, response) => {
    const picture = await context.pictures.sample(`/samples/${request.params.file}`);
    if (picture === null) return answer(response, 404, { error: 'Not found' });
    sendPicture(response, picture, 'image/png');
  };
}

/** `GET /assets/{name}` */
export function serveAsset(context: SimulatorContext): RequestHandler<{ file: string }> {
  return async (request, response) => {
    const { file } = request.params;
    const picture = await context.pictures.asset(`/assets/${file}`);
    if (picture === null) return answer(response, 404, { error: 'Not found' });
    sendPicture(response, picture, file.endsWith('.png') ? 'image/png' : 'image/jpeg');
  };
}

function sendPicture(response: Response, picture: Buffer, type: string): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': picture.length,
    'cache-control': 'public, max-age=86400, immutable',
    'x-content-type-options': 'nosniff',
  });
  response.end(picture);
}
