import { createHash } from 'node:crypto';
import type { GuardedClient } from '@catwalk/infra/outbound';
import {
  type LeasedPicture,
  losePicture,
  noteRemovals,
  pictureKey,
  postponePicture,
  savePicture,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { type FetchedPicture, fetchPicture } from './fetch-picture.js';

/** What archiving works with. */
export interface ArchiveTools {
  readonly context: WorkerContext;
  readonly client: GuardedClient;
  /** Breaks a download off. */
  readonly stopping: AbortSignal;
}

type Fetched = Extract<FetchedPicture, { kind: 'fetched' }>;
type Failed = Extract<FetchedPicture, { kind: 'failed' }>;

/**
 * Before these nothing is given up: time may have passed while nobody tried, and a page instead of a picture may be an
 * outage that looks like one. About a quarter of an hour, at the default.
 */
const TRIES_MIN = 10;
/** Of the time until a picture is given up: the first rest, the longest, and when it is told that it is at risk. */
const FIRST_REST = 1 / 86_400;
const LONGEST_REST = 1 / 48;
/** While our own store takes nothing. */
const STORE_REST = 1 / 1_440;
const AT_RISK = 1 / 24;

/**
 * One try at a picture, to its end: it is kept, rests, or is given up.
 *
 * @returns how long it rests, in milliseconds; null: it does not
 */
export async function archivePicture(tools: ArchiveTools, picture: LeasedPicture): Promise<number | null> {
  const startedAt = performance.now();
  const fetched = await fetchPicture(tools, picture);
  if (fetched === null) return null;
  const outcome = fetched.kind === 'fetched' ? await keep(tools, picture, fetched) : fetched;
  const failed = typeof outcome === 'string' ? null : outcome;
  const restMs = failed === null ? null : await fail(tools, picture, failed);
  const result = typeof outcome === 'string' ? outcome : restMs === null ? 'lost' : 'waits';
  const { tryOnId, attemptId, position, tries } = picture;
  const facts = {
    jobId: tryOnId,
    attemptId,
    index: position,
    host: hostOf(fetched.url),
    tries,
    ms: Math.round(performance.now() - startedAt),
    ageMs: Math.round(picture.ageMs),
  };
  const { logger } = tools.context;
  if (failed !== null) logger.warn({ ...facts, reason: failed.error, result }, 'image.not-archived');
  else logger.info({ ...facts, bytes: bytesOf(fetched), result }, 'image.archived');
  return restMs;
}

/** First the store, then the row: a row never tells of a picture that is not there. */
async function keep(
  { context }: ArchiveTools,
  picture: LeasedPicture,
  { bytes, contentType, width, height, url }: Fetched,
): Promise<'saved' | 'known' | 'gone' | Failed> {
  const { db, pictures, outages } = context;
  const key = pictureKey(picture);
  try {
    await pictures.put(key, bytes, contentType);
    outages.worked('archive');
  } catch (error) {
    outages.failed('archive', error);
    return { kind: 'failed', error: 'store_unavailable', refused: false, url };
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const saved = { contentType, bytes: bytes.byteLength, sha256, width, height, providerUrl: url };
  const result = await savePicture(db, picture, saved);
  if (result === 'gone') await noteRemovals(db, [key]);
  return result;
}

/**
 * What our own store cannot take is never the end of a picture: it is fetched again when the store is back.
 *
 * @returns how long it rests; null: it is lost
 */
async function fail(
  { context }: ArchiveTools,
  picture: LeasedPicture,
  { error, refused, url }: Failed,
): Promise<number | null> {
  const { deadlineMs } = context.config.archive;
  const failed = { ...picture, error, providerUrl: url };
  const isStoreAway = error === 'store_unavailable';
  // Time alone ends nothing: it may have passed while nobody tried, or while nothing could be stored.
  const isOver = picture.tries >= TRIES_MIN && (refused || picture.ageMs >= deadlineMs);
  if (isOver && !isStoreAway) {
    await losePicture(context.db, failed);
    return null;
  }
  const growingMs = Math.min(deadlineMs * FIRST_REST * 2 ** (picture.tries - 1), deadlineMs * LONGEST_REST);
  const longestMs = isStoreAway ? deadlineMs * STORE_REST : growingMs;
  const restMs = longestMs * (0.5 + Math.random() / 2);
  await postponePicture(context.db, failed, {
    restMs,
    counts: !isStoreAway,
    warn: !picture.warned && picture.ageMs >= deadlineMs * AT_RISK,
  });
  return restMs;
}

function bytesOf(fetched: FetchedPicture): number {
  return fetched.kind === 'fetched' ? fetched.bytes.byteLength : 0;
}

/** The rest of an address may be signed. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
