import { createReadStream } from 'node:fs';
import { ApiError } from '@catwalk/client';
import { z } from 'zod';
import { CliError } from './cli-error.js';
import { createBar } from './create-bar.js';
import { type LocalPicture, listOf } from './find-pictures.js';
import type { OutFolder } from './out-folder.js';
import { plural, printable } from './print-table.js';
import type { Session } from './session.js';

/** Which picture was sent as which asset: what is there is not sent again. */
const FILE = 'catwalk-assets.ndjson';
const line = z.object({ sha256: z.string(), assetId: z.string() });
const AT_ONCE = 4;
const MAX_RETRIES = 5;
/** What is about to go would be gone before its turn. */
const KEPT_FOR_MS = 7 * 86_400_000;

/**
 * Sends pictures as assets, each of its bytes once, and remembers in the folder which were sent. Sent again after it
 * was broken off, it does the rest.
 *
 * @returns their addresses by the SHA-256 of the pictures
 * @throws CliError naming every picture that cannot be sent
 */
export async function sendPictures(
  session: Session,
  folder: OutFolder,
  pictures: readonly LocalPicture[],
): Promise<ReadonlyMap<string, string>> {
  const distinct = [...new Map(pictures.map((picture) => [picture.sha256, picture])).values()];
  const before = await readSent(folder);
  const log = await folder.append(FILE);
  const urls = new Map<string, string>();
  const refused: string[] = [];
  const progress = showSending(session, distinct.length);
  let next = 0;
  const sendSome = async () => {
    for (let picture = distinct[next++]; picture !== undefined; picture = distinct[next++]) {
      const { sha256 } = picture;
      try {
        const asset = (await sentBefore(session, before.get(sha256))) ?? (await send(session, picture));
        urls.set(sha256, asset.url);
        if (asset.id !== before.get(sha256))
          await log.writeFile(`${JSON.stringify({ sha256, assetId: asset.id })}\n`);
      } catch (error) {
        if (!(error instanceof ApiError) || error.retryable) throw error;
        refused.push(printable(`${picture.name}: ${error.detail}`));
      }
      progress.update(urls.size + refused.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
  } finally {
    progress.stop();
    await log.close();
  }
  if (refused.length > 0)
    throw new CliError(`${plural(refused.length, 'picture')} refused:\n${listOf(refused)}`, 'bad_input');
  session.note(`${plural(urls.size, 'picture')} sent`);
  return urls;
}

interface Sent {
  readonly id: string;
  readonly url: string;
}

function send({ catwalk, around }: Session, { path, contentType }: LocalPicture): Promise<Sent> {
  const { signal } = around;
  return catwalk.assets.create(() => createReadStream(path), {
    contentType,
    signal,
    maxRetries: MAX_RETRIES,
  });
}

async function sentBefore({ catwalk, around }: Session, id: string | undefined): Promise<Sent | null> {
  if (id === undefined) return null;
  try {
    const asset = await catwalk.assets.get(id, { signal: around.signal, maxRetries: MAX_RETRIES });
    return Date.parse(asset.expiresAt) - Date.now() > KEPT_FOR_MS ? asset : null;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'asset_not_found') return null;
    throw error;
  }
}

async function readSent(folder: OutFolder): Promise<ReadonlyMap<string, string>> {
  const lines = ((await folder.read(FILE)) ?? '').split('\n');
  return new Map(
    lines.flatMap((text): [string, string][] => {
      try {
        const { sha256, assetId } = line.parse(JSON.parse(text));
        return [[sha256, assetId]];
      } catch {
        // Half a line of a run that was killed.
        return [];
      }
    }),
  );
}

function showSending(session: Session, total: number) {
  const bar = createBar(session, '{value}/{total} pictures sent');
  bar?.start(total, 0);
  return { update: (sent: number) => bar?.update(sent), stop: () => bar?.stop() };
}
