import { imageQuerySchema, parseQuery, parseTryOnId } from '@catwalk/contract';
import { findPicture, type PictureLinks, type PictureRow, type Viewer } from '@catwalk/infra/postgres';
import { verifyPath } from '@catwalk/infra/process';
import type { Request, RequestHandler, Response } from 'express';
import type { Api } from '../app.js';
import { createAdmit, createAuthenticate } from '../authenticate.js';
import { viewerOf } from '../find-visible.js';
import { ProblemError } from '../problem-error.js';
import { orRefuse, searchOf } from '../read-query.js';
import { stateOf } from '../request-state.js';
import { createPictureServer } from '../serve-picture.js';

/** `GET /v1/try-ons/{id}/images/{n}`: for whoever holds a signed address, or a key that may see the try-on. */
export function getImage(api: Api): RequestHandler {
  const { config, database } = api.context;
  const admit = createAdmit(config);
  const identify = createAuthenticate(config);
  const serve = createPictureServer(api.context);
  const viewerFor = (request: Request, response: Response, signed: boolean): Viewer | 'anyone' => {
    if (signed) return 'anyone';
    admit(request.headers);
    const caller = identify(request.headers);
    stateOf(response).caller = caller;
    return viewerOf(caller);
  };
  return async (request, response) => {
    const search = searchOf(request.url);
    const { links } = await api.rooms.read();
    const signed = isSigned(request.path, search, links, new Date(api.rooms.nowMs()));
    const viewer = viewerFor(request, response, signed);
    const { width } = orRefuse(parseQuery(imageQuerySchema, search));
    const id = parseTryOnId(String(request.params.id));
    const text = String(request.params.n);
    const position = /^\d{1,2}$/.test(text) ? Number(text) : -1;
    const picture = id === null ? null : await findPicture(database, viewer, { tryOnId: id, position });
    await serve(request, response, orExplain(picture, position), width ?? null);
  };
}

function isSigned(path: string, search: string, links: PictureLinks | null, now: Date): boolean {
  const query = new URLSearchParams(search);
  const expires = query.get('expires');
  const signature = query.get('signature');
  if (expires === null || signature === null || links === null) return false;
  return verifyPath(path, { expires, signature }, links.signingKey, now);
}

type Served = Extract<PictureRow, { state: 'saved' }>;

function orExplain(picture: PictureRow | null, position: number): Served {
  if (picture === null) throw new ProblemError('try_on_not_found', 'There is no try-on with this id');
  if (picture.deletedAt !== null) throw new ProblemError('image_not_found', 'The try-on was deleted');
  if (position < 0 || position >= picture.images)
    throw new ProblemError('image_not_found', `The try-on has ${picture.images} images, counted from 0`);
  switch (picture.state) {
    case 'saved':
      return picture;
    case 'lost':
      throw new ProblemError('image_not_found', `The image could not be saved: ${picture.error}`);
    case 'waiting':
      throw new ProblemError('image_not_archived', 'The image is being copied from the provider');
    case null:
      throw new ProblemError('image_not_archived', 'The image is not archived: it is at its providerUrl');
  }
}
