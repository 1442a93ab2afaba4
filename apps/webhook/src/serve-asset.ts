import { pipeline } from 'node:stream/promises';
import { parseAssetName } from '@catwalk/infra/assets';
import { findAssetByToken, isPostgresAway } from '@catwalk/infra/postgres';
import type { RequestHandler, Response } from 'express';
import type { WebhookContext } from './context.js';

/** Assets that are read at a time: callbacks share the machine, and go first. */
const AT_ONCE_MAX = 64;
/** Somewhat less than an asset is kept on when it is looked at: no copy on the way outlives it for long. */
const CACHED_SECONDS = 3_600;

/**
 * `GET /assets/<secret>.<extension>`: shows the provider a picture of a client. Whatever is not there, not any more or
 * never was, is the same empty 404; nothing is written, and the address is told to no log.
 */
export function serveAsset(context: WebhookContext): RequestHandler {
  let open = 0;
  return async (request, response) => {
    const token = parseAssetName(String(request.params.name));
    if (token === null) return refuse(response, 404);
    if (open >= AT_ONCE_MAX) return refuse(response, 503);
    open += 1;
    try {
      await serve(context, token, request.method === 'HEAD', response);
    } catch (error) {
      if (isPostgresAway(error)) context.outages.failed('postgres', error);
      // Whoever reads it has gone, or what is kept cannot be read: neither error holds the address.
      else if (!response.destroyed) context.logger.warn({ err: nameOf(error) }, 'asset.not-served');
      refuse(response, 503);
    } finally {
      open -= 1;
    }
  };
}

async function serve(
  { db, pictures }: WebhookContext,
  token: string,
  headOnly: boolean,
  response: Response,
): Promise<void> {
  const asset = await findAssetByToken(db, token);
  const kept = asset?.key == null ? null : await pictures.open(asset.key);
  if (asset === null || kept === null) return refuse(response, 404);
  response.writeHead(200, {
    'Content-Type': asset.contentType,
    'Content-Length': kept.bytes,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cache-Control': `private, max-age=${CACHED_SECONDS}`,
    'X-Robots-Tag': 'noindex',
  });
  if (headOnly) {
    kept.stream.destroy();
    response.end();
  } else await pipeline(kept.stream, response);
}

function refuse(response: Response, status: number): void {
  if (response.headersSent) response.destroy();
  else response.status(status).end();
}

/** Messages of the file system name the file. */
function nameOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
