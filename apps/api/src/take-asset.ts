import type { IncomingMessage } from 'node:http';
import { ASSET_BYTES_MAX, ASSET_MEDIA_TYPES } from '@catwalk/contract';
import type { KeptAsset } from '@catwalk/infra/assets';
import type { Api } from './app.js';
import type { Caller } from './authenticate.js';
import { invalidRequest, ProblemError, unavailable } from './problem-error.js';
import { mediaTypeOf, readBody, unsupported } from './read-body.js';
import { readFile } from './read-file.js';

/** Uploads that are held in memory at a time, 10 MB each at most. */
const AT_ONCE_MAX = 16;

/** Bodies of assets that are being read or worked on. */
export interface AssetGate {
  open: number;
}

/**
 * Reads the picture of a request, as its body or as the one file of a form, and keeps it for the caller.
 *
 * @param email the account that is to keep it, where the provider keeps it
 */
export async function takeAsset(
  api: Api,
  request: IncomingMessage,
  caller: Caller,
  email: string | null,
): Promise<Extract<KeptAsset, { kind: 'kept' }>> {
  const { assets } = api.context;
  if (assets === null)
    throw unavailable('Nobody can reach assets here: set PUBLIC_WEBHOOK_URL, or USEAPI_TOKEN for the API');
  if (api.assetGate.open >= AT_ONCE_MAX) throw unavailable('Too many pictures are being taken');
  api.assetGate.open += 1;
  try {
    const bytes = await readPicture(request);
    if (bytes.length === 0) throw new ProblemError('invalid_request', 'The picture is empty');
    if (email !== null) await requireAccount(api, email);
    const kept = await assets.keep(caller.client, bytes, email);
    switch (kept.kind) {
      case 'kept':
        return kept;
      case 'refused':
        throw new ProblemError('invalid_request', sentence(kept.reason));
      case 'unavailable':
        throw unavailable(sentence(kept.reason));
    }
  } finally {
    api.assetGate.open -= 1;
  }
}

function sentence(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}

async function readPicture(request: IncomingMessage): Promise<Buffer> {
  const type = mediaTypeOf(request);
  if (type === 'multipart/form-data') return readFile(request, ASSET_BYTES_MAX);
  if ((ASSET_MEDIA_TYPES as readonly string[]).includes(type)) return readBody(request, ASSET_BYTES_MAX);
  throw unsupported(
    `Send the picture as ${ASSET_MEDIA_TYPES.join(', ')}, or as a file of multipart/form-data`,
  );
}

async function requireAccount({ rooms }: Api, email: string): Promise<void> {
  const { accounts } = await rooms.read();
  if (accounts.some((account) => account.email === email)) return;
  throw invalidRequest([{ path: 'email', message: 'must be one of the configured accounts' }]);
}
