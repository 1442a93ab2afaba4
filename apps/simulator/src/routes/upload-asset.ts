import type { RequestHandler } from 'express';
import { answer } from '../answer.js';
import { chooseByQuery } from '../choose-by-query.js';
import type { SimulatorContext } from '../context.js';
import { BodyTooLarge, readBody } from '../read-body.js';

const bytesMax = 10 * 1024 * 1024;
const validTypes = ['image/png', 'image/jpeg'];

/** `POST /v1/kling/assets?email=`: the body is the file itself. */
export function uploadAsset(context: SimulatorContext): RequestHandler {
  return async (request, response) => {
    const choice = chooseByQuery(context, request.query);
    if ('error' in choice) return answer(response, choice.status, { error: choice.error });
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (!validTypes.includes(type)) {
      const error = `Content-Type ${type || '(none)'} is not supported. Valid values: ${validTypes.join(', ')}`;
      return answer(response, 400, { error });
    }
    try {
      const kept = await context.pictures.keepAsset(
        await readBody(request, bytesMax),
        type,
        choice.account.email,
      );
      if ('error' in kept) return answer(response, 400, kept);
      const url = `${context.origin()}${kept.path}`;
      answer(response, 200, { status: 3, url, message: '', fileName: kept.fileName });
    } catch (fault) {
      if (!(fault instanceof BodyTooLarge)) throw fault;
      answer(response, 400, { error: 'File size exceeds the maximum of 10 MB' });
    }
  };
}
